/// What a store that lives in a file needs beside its work.
public protocol StoreUpkeep: Sendable {
    /// What opening found damaged though it could go on: sentences for the log.
    var findings: [String] { get }

    /// Writes a consistent copy to another file while work goes on; an existing file is replaced
    /// only by a whole copy.
    func backup(to path: String) async throws(StoreError)

    /// Reads everything, and returns what is damaged: sentences, bounded in number. Takes long.
    ///
    /// After each step it pauses for so many times what the step took, for others to go on.
    func damage(pauses: Int) async throws(StoreError) -> [String]

    /// Finishes what is under way and closes the file; calls that follow fail.
    func close() async throws(StoreError)
}

extension StoreUpkeep {
    /// Reads everything without a pause, and returns what is damaged.
    public func damage() async throws(StoreError) -> [String] { try await damage(pauses: 0) }
}
