internal import FunctionModel

/// Who waits for what becomes of a file.
struct DeployWaiters {
    typealias Answer = CheckedContinuation<PluginView, any Error>

    /// Waits for the content that it put into a file.
    struct Waiter {
        /// The content; `nil` for whatever the file makes.
        var hash: String?
        var answer: Answer

        func resume(throwing error: any Error) { answer.resume(throwing: error) }
    }

    private var byFile: [String: [Waiter]] = [:]
    private var byTicket: [Int: Answer] = [:]
    private var lastTicket = 0

    /// Waits for the next look at a file that begins from now on.
    mutating func add(_ file: String, _ waiter: Waiter) { byFile[file, default: []].append(waiter) }

    /// Waits for a rollback; returns what names it.
    mutating func add(_ answer: Answer) -> Int {
        lastTicket += 1
        byTicket[lastTicket] = answer
        return lastTicket
    }

    /// Takes those that wait for a file.
    mutating func take(_ file: String) -> [Waiter] { byFile.removeValue(forKey: file) ?? [] }

    /// Takes the one that waits for a rollback.
    mutating func take(_ ticket: Int) -> Answer? { byTicket.removeValue(forKey: ticket) }

    /// Takes all, at the end.
    mutating func takeAll() -> [Answer] {
        defer { self = DeployWaiters() }
        return byFile.values.flatMap { $0.map(\.answer) } + byTicket.values
    }
}
