/// What a plugin needs beyond its own memory; nothing by default.
///
/// A plugin that asks for anything runs in a cell of its own, and is served once the operator has
/// agreed to all of it in `roost.yaml`; the host's refusal says what to write there.
public struct Permissions: Sendable, Hashable {
    /// Files and directories to read, with all below them: absolute paths.
    public let read: [String]
    /// Files and directories to read, write, make and remove, with all below them: absolute paths.
    public let write: [String]
    /// Whether it opens connections.
    public let network: Bool
    /// Whether it starts programs.
    public let subprocesses: Bool

    /// Asks for what is named.
    public init(
        read: [String] = [],
        write: [String] = [],
        network: Bool = false,
        subprocesses: Bool = false
    ) {
        self.read = read
        self.write = write
        self.network = network
        self.subprocesses = subprocesses
    }
}
