/// A function as a type, for handlers with parts of their own; may wait.
///
///     struct Checkout: FunctionHandler {
///         func handle(_ order: Order, context: FunctionContext) async throws -> Receipt { … }
///     }
///     Function("checkout", .http(.post, "/orders"), handler: Checkout())
public protocol FunctionHandler: Sendable {
    /// What it receives.
    associatedtype Input: Decodable & SendableMetatype
    /// What it answers: an `Encodable` type, or `Void`.
    associatedtype Output: SendableMetatype

    /// Handles one event.
    func handle(_ input: Input, context: FunctionContext) async throws -> Output
}

/// A function as a type whose handler never waits for a task and so costs least.
public protocol PlainFunctionHandler: Sendable {
    /// What it receives.
    associatedtype Input: Decodable & SendableMetatype
    /// What it answers: an `Encodable` type, or `Void`.
    associatedtype Output: SendableMetatype

    /// Handles one event.
    func handle(_ input: Input, context: FunctionContext) throws -> Output
}
