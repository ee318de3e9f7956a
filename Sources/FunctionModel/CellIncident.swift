/// The end of a cell that nobody had asked for, and who may have brought it about.
public struct CellIncident: Sendable, Hashable {
    /// What ended the cell, as far as the system tells.
    public enum Cause: Sendable, Hashable {
        /// A fault that could not be contained, or a timer of its own: this signal.
        case fault(signal: Int32)
        /// It exited without having been asked to.
        case exit(code: Int32)
        /// The kernel, for want of memory.
        case memory
        /// The host, because a worker broke the protocol.
        case violation
        /// The host, because the cell neither ended nor answered.
        case unresponsive
        /// A signal that comes from outside, as `kill -9` does.
        case outside(signal: Int32)
    }

    /// Who ran in the cell when it ended.
    public struct Suspect: Sendable, Hashable {
        /// The plugin.
        public var plugin: String
        /// The build of it.
        public var contentHash: String
        /// The function whose invocation had started; `nil` for a worker that was just starting.
        public var function: FunctionName?

        /// Names a suspect.
        public init(plugin: String, contentHash: String, function: FunctionName?) {
            self.plugin = plugin
            self.contentHash = contentHash
            self.function = function
        }
    }

    /// The cell.
    public var cell: Int
    /// Whether it held one plugin only.
    public var isDedicated: Bool
    /// What ended it.
    public var cause: Cause
    /// Who ran in it; where one worker is known to have done it, that one.
    public var suspects: [Suspect]

    /// Describes an end.
    public init(cell: Int, isDedicated: Bool, cause: Cause, suspects: [Suspect]) {
        self.cell = cell
        self.isDedicated = isDedicated
        self.cause = cause
        self.suspects = suspects
    }

    /// Whether somebody in the cell has to be at fault.
    public var accuses: Bool {
        if case .outside = cause { return false }
        return true
    }
}
