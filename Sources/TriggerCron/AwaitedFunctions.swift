public import FunctionModel

/// Functions that can't be served for now though nobody has taken them away.
///
/// Their schedules stay in force: what is missed meanwhile is decided when they are back, as after a
/// time in which the host was down.
public struct AwaitedFunctions: Sendable, Equatable {
    /// Plugins whose files are there.
    public var plugins: Set<String>
    /// Functions whose schedules can't be worked out.
    public var functions: Set<FunctionName>
    /// Where a file is there of which nobody can tell whose it is: the plugins that it can't be, for
    /// they are served.
    public var allBut: Set<String>?

    /// Names those that are awaited.
    public init(
        plugins: Set<String> = [],
        functions: Set<FunctionName> = [],
        allBut: Set<String>? = nil
    ) {
        self.plugins = plugins
        self.functions = functions
        self.allBut = allBut
    }

    func contains(_ function: FunctionName) -> Bool {
        plugins.contains(function.plugin) || functions.contains(function)
            || allBut.map { !$0.contains(function.plugin) } ?? false
    }
}
