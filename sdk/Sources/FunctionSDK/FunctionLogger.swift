/// Writes log lines of one invocation; the host keeps them with the invocation's record.
public struct FunctionLogger: Sendable {
    /// How much a line matters.
    public enum Level: UInt32, Sendable, Hashable, Comparable, CaseIterable {
        /// Every step.
        case trace
        /// For finding faults.
        case debug
        /// What happened.
        case info
        /// Something to look at.
        case warning
        /// Something went wrong.
        case error

        /// Orders by how much a line matters.
        public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    let call: Call
    private var metadata: [String: String] = [:]

    init(call: Call) { self.call = call }

    /// A value that goes with every line of this logger.
    public subscript(metadataKey key: String) -> String? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes a line.
    public func log(level: Level, _ message: String, metadata extra: [String: String] = [:]) {
        guard !call.isOver, let log = call.host.pointee.log else { return }
        let all = extra.isEmpty ? metadata : metadata.merging(extra) { $1 }
        let fields = Headers(all.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        message.lent { text in
            fields.lent { log(call.context, level.rawValue, text, $0, $1) }
        }
    }

    /// Writes a line about a step.
    public func trace(_ message: String, metadata: [String: String] = [:]) {
        log(level: .trace, message, metadata: metadata)
    }

    /// Writes a line for finding faults.
    public func debug(_ message: String, metadata: [String: String] = [:]) {
        log(level: .debug, message, metadata: metadata)
    }

    /// Writes a line about what happened.
    public func info(_ message: String, metadata: [String: String] = [:]) {
        log(level: .info, message, metadata: metadata)
    }

    /// Writes a line about something to look at.
    public func warning(_ message: String, metadata: [String: String] = [:]) {
        log(level: .warning, message, metadata: metadata)
    }

    /// Writes a line about something that went wrong.
    public func error(_ message: String, metadata: [String: String] = [:]) {
        log(level: .error, message, metadata: metadata)
    }
}
