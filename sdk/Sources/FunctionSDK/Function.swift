/// One function of a plugin: its name, what triggers it, its limits and its handler.
///
/// The handler's input is decoded from the event and its output encoded into the reply:
///
/// | type | input | output |
/// |---|---|---|
/// | `Codable` | JSON body; without a body: route parameters and query | JSON |
/// | `String` | the body as UTF-8 text | `text/plain` |
/// | `[UInt8]` | the body | `application/octet-stream` |
/// | `RawRequest` / `Response` | body with media type | status, headers, body |
/// | `RequestStream` | the body as it arrives | |
/// | `Void` | | status 204 |
///
/// A plain handler runs at once on the worker's thread and costs least; an `async` one may wait for
/// other functions, streams and clocks. Either way one invocation at a time.
public struct Function: Sendable {
    /// The name within the plugin.
    public let name: String
    /// What the host is told about it.
    public let options: FunctionOptions

    /// How what is queued for it is delivered.
    public private(set) var delivery = Delivery()

    let triggers: [TriggerDeclaration]
    let streaming: Streaming
    /// The functions that it consists of, where it is a sequence.
    let steps: [String]
    let runner: Runner

    /// Declares a function with a plain handler that answers with a value.
    public init<
        Input: Decodable & SendableMetatype,
        Output: Encodable & SendableMetatype
    >(
        _ name: String,
        _ triggers: Trigger<Input>...,
        summary: String? = nil,
        limits: Limits = Limits(),
        isolation: Isolation? = nil,
        onCrash: CrashPolicy? = nil,
        streaming: Streaming = [],
        idempotent: Bool = false,
        public isPublic: Bool = false,
        handler: @escaping @Sendable (Input, FunctionContext) throws -> Output
    ) {
        let (taking, giving) = (InputForm(Input.self), OutputForm(Output.self))
        self.init(
            name,
            triggers,
            streaming,
            FunctionOptions(summary, limits, isolation, onCrash, idempotent, isPublic),
            .plain { call in
                let output = try handler(taking.read(call), FunctionContext(call: call))
                try giving.send(output, on: call)
            }
        )
    }

    /// Declares a function with a plain handler that answers nothing, or through a stream.
    @_disfavoredOverload
    public init<Input: Decodable & SendableMetatype>(
        _ name: String,
        _ triggers: Trigger<Input>...,
        summary: String? = nil,
        limits: Limits = Limits(),
        isolation: Isolation? = nil,
        onCrash: CrashPolicy? = nil,
        streaming: Streaming = [],
        idempotent: Bool = false,
        public isPublic: Bool = false,
        handler: @escaping @Sendable (Input, FunctionContext) throws -> Void
    ) {
        let taking = InputForm(Input.self)
        self.init(
            name,
            triggers,
            streaming,
            FunctionOptions(summary, limits, isolation, onCrash, idempotent, isPublic),
            .plain { call in
                try handler(taking.read(call), FunctionContext(call: call))
                call.succeedWithoutBody()
            }
        )
    }

    /// Declares a function with an `async` handler that answers with a value.
    public init<
        Input: Decodable & SendableMetatype,
        Output: Encodable & SendableMetatype
    >(
        _ name: String,
        _ triggers: Trigger<Input>...,
        summary: String? = nil,
        limits: Limits = Limits(),
        isolation: Isolation? = nil,
        onCrash: CrashPolicy? = nil,
        streaming: Streaming = [],
        idempotent: Bool = false,
        public isPublic: Bool = false,
        handler: @escaping @Sendable (Input, FunctionContext) async throws -> Output
    ) {
        let (taking, giving) = (InputForm(Input.self), OutputForm(Output.self))
        self.init(
            name,
            triggers,
            streaming,
            FunctionOptions(summary, limits, isolation, onCrash, idempotent, isPublic),
            .suspending { call in
                let output = try await handler(
                    taking.arrived(call),
                    FunctionContext(call: call)
                )
                try giving.send(output, on: call)
            }
        )
    }

    /// Declares a function with an `async` handler that answers nothing, or through a stream.
    @_disfavoredOverload
    public init<Input: Decodable & SendableMetatype>(
        _ name: String,
        _ triggers: Trigger<Input>...,
        summary: String? = nil,
        limits: Limits = Limits(),
        isolation: Isolation? = nil,
        onCrash: CrashPolicy? = nil,
        streaming: Streaming = [],
        idempotent: Bool = false,
        public isPublic: Bool = false,
        handler: @escaping @Sendable (Input, FunctionContext) async throws -> Void
    ) {
        let taking = InputForm(Input.self)
        self.init(
            name,
            triggers,
            streaming,
            FunctionOptions(summary, limits, isolation, onCrash, idempotent, isPublic),
            .suspending { call in
                try await handler(
                    taking.arrived(call),
                    FunctionContext(call: call)
                )
                call.succeedWithoutBody()
            }
        )
    }

    /// The same function with wishes about the delivery of what is queued for it.
    public func delivery(_ delivery: Delivery) -> Function {
        var function = self
        function.delivery = delivery
        return function
    }

    init<Input>(
        _ name: String,
        _ triggers: [Trigger<Input>],
        _ streaming: Streaming,
        _ options: FunctionOptions,
        steps: [String] = [],
        _ runner: Runner
    ) {
        self.name = name
        self.triggers = triggers.map(\.declaration)
        self.streaming =
            Input.self == RequestStream.self ? streaming.union(.request) : streaming
        self.options = options
        self.steps = steps
        self.runner = runner
    }
}
