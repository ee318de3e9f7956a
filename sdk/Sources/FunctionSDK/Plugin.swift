/// A plugin: a name and the functions that its shared library carries.
///
/// Declare one as a global constant and export it with one line:
///
///     let shop = Plugin("shop") {
///         Function("checkout", .http(.post, "/orders/{id}")) { (order: Order, context) in
///             Receipt(total: order.cents)
///         }
///     }
///
///     @c(roost_plugin_shop) public func entry(_ host: HostAPI) -> PluginPointer? {
///         shop.export(to: host)
///     }
///
/// The exported symbol's name begins with `roost_plugin`; a library exports exactly one such symbol.
public struct Plugin: Sendable {
    /// The name: 1 to 31 of `a-z`, `0-9`, `_` and `-`, starting with a letter.
    public let name: String
    /// A version for people to read.
    public let version: String?
    /// What the plugin is for, in a sentence.
    public let summary: String?
    /// What it needs beyond its own memory.
    public let permissions: Permissions
    /// Whether threads and tasks may go on when the invocation has ended that started them; else the
    /// host stops them, and their worker with them.
    public let background: Bool
    /// The functions, in the order of the manifest.
    public let functions: [Function]

    var load: Lifecycle?
    var drain: Lifecycle?

    /// Declares a plugin; one that needs any permission runs in a cell of its own, once the operator
    /// has agreed.
    public init(
        _ name: String,
        version: String? = nil,
        summary: String? = nil,
        permissions: Permissions = Permissions(),
        background: Bool = false,
        @FunctionBuilder functions: () -> [Function]
    ) {
        self.name = name
        self.version = version
        self.summary = summary
        self.permissions = permissions
        self.background = background
        self.functions = functions()
    }

    /// Prepares each worker before its first invocation; an error vetoes the worker, and with it
    /// the plugin's version, and its description is shown to the operator.
    public func onLoad(_ body: @escaping @Sendable (PluginContext) throws -> Void) -> Plugin {
        var copy = self
        copy.load = .plain(body)
        return copy
    }

    /// Prepares each worker before its first invocation, and may wait while it does.
    public func onLoad(_ body: @escaping @Sendable (PluginContext) async throws -> Void) -> Plugin {
        var copy = self
        copy.load = .suspending(body)
        return copy
    }

    /// Is called before a worker is retired, after its last invocation.
    public func onDrain(_ body: @escaping @Sendable (PluginContext) throws -> Void) -> Plugin {
        var copy = self
        copy.drain = .plain(body)
        return copy
    }

    /// Is called before a worker is retired, and may wait while it runs.
    public func onDrain(_ body: @escaping @Sendable (PluginContext) async throws -> Void) -> Plugin
    {
        var copy = self
        copy.drain = .suspending(body)
        return copy
    }
}

/// What a plugin does when one of its workers starts or retires.
enum Lifecycle: Sendable {
    case plain(@Sendable (PluginContext) throws -> Void)
    case suspending(@Sendable (PluginContext) async throws -> Void)

    func runner() -> Runner {
        switch self {
        case .plain(let body):
            .plain { call in
                try body(PluginContext(call: call))
                call.succeedWithoutBody()
            }
        case .suspending(let body):
            .suspending { call in
                try await body(PluginContext(call: call))
                call.succeedWithoutBody()
            }
        }
    }
}

/// Collects the functions of a plugin.
@resultBuilder
public enum FunctionBuilder {
    /// Takes one function.
    public static func buildExpression(_ function: Function) -> [Function] { [function] }
    /// Takes functions made elsewhere.
    public static func buildExpression(_ functions: [Function]) -> [Function] { functions }
    /// Joins the functions of a block.
    public static func buildBlock(_ parts: [Function]...) -> [Function] { parts.flatMap(\.self) }
    /// Takes what an `if` without `else` gives.
    public static func buildOptional(_ part: [Function]?) -> [Function] { part ?? [] }
    /// Takes the first branch.
    public static func buildEither(first: [Function]) -> [Function] { first }
    /// Takes the second branch.
    public static func buildEither(second: [Function]) -> [Function] { second }
    /// Joins what a loop gives.
    public static func buildArray(_ parts: [[Function]]) -> [Function] { parts.flatMap(\.self) }
}
