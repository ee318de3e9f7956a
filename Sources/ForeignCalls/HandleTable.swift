internal import Glibc

/// What callers hold of the library's between calls of one worker, each by a name that nobody guesses
/// and that no other worker knows.
struct HandleTable {
    /// One thing that is held.
    struct Entry {
        /// The place of its type in the file.
        var type: Int
        /// Where it is.
        var pointer: UnsafeMutableRawPointer
        /// Whether its memory is this side's to free.
        var isOwned: Bool
    }

    private let nonce = UInt64.random(in: .min ... .max)
    private var last: UInt64 = 0
    private(set) var entries: [UInt64: Entry] = [:]

    /// Takes something in; gives back its number.
    mutating func add(_ entry: Entry) throws(CallFault) -> UInt64 {
        guard entries.count < CallLimits.handles else {
            throw .badResult("callers hold \(CallLimits.handles) handles, and may hold no more")
        }
        last += 1
        entries[last] = entry
        return last
    }

    /// Forgets it.
    mutating func remove(_ number: UInt64) { entries[number] = nil }

    /// The name that callers hold it by.
    func token(_ number: UInt64, _ type: String) -> String {
        "\(type)-\(String(nonce, radix: 16))-\(number)"
    }

    /// Finds what a name stands for.
    func number(of token: String, type: Int, named name: String) -> UInt64? {
        let parts = token.split(separator: "-")
        guard parts.count == 3, parts[0] == name, parts[1] == String(nonce, radix: 16),
            let number = UInt64(parts[2]), let entry = entries[number], entry.type == type,
            String(number) == parts[2]
        else { return nil }
        return number
    }
}
