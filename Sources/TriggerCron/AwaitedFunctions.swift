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

    /// Names those that are awaited.
    public init(plugins: Set<String> = [], functions: Set<FunctionName> = []) {
        self.plugins = plugins
        self.functions = functions
    }

    func contains(_ function: FunctionName) -> Bool {
        plugins.contains(function.plugin) || functions.contains(function)
    }
}
