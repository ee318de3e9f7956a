extension Function {
    /// Declares a function whose handler is a type that answers with a value.
    public init<Handler: FunctionHandler>(
        _ name: String,
        _ triggers: Trigger<Handler.Input>...,
        summary: String? = nil,
        limits: Limits = Limits(),
        isolation: Isolation? = nil,
        onCrash: CrashPolicy? = nil,
        streaming: Streaming = [],
        idempotent: Bool = false,
        public isPublic: Bool = false,
        handler: Handler
    ) where Handler.Output: Encodable {
        let taking = InputForm(Handler.Input.self)
        let giving = OutputForm(Handler.Output.self)
        self.init(
            name,
            triggers,
            streaming,
            FunctionOptions(summary, limits, isolation, onCrash, idempotent, isPublic),
            .suspending { call in
                let output = try await handler.handle(
                    taking.arrived(call),
                    context: FunctionContext(call: call)
                )
                try giving.send(output, on: call)
            }
        )
    }

    /// Declares a function whose handler is a type that answers nothing, or through a stream.
    public init<Handler: FunctionHandler>(
        _ name: String,
        _ triggers: Trigger<Handler.Input>...,
        summary: String? = nil,
        limits: Limits = Limits(),
        isolation: Isolation? = nil,
        onCrash: CrashPolicy? = nil,
        streaming: Streaming = [],
        idempotent: Bool = false,
        public isPublic: Bool = false,
        handler: Handler
    ) where Handler.Output == Void {
        let taking = InputForm(Handler.Input.self)
        self.init(
            name,
            triggers,
            streaming,
            FunctionOptions(summary, limits, isolation, onCrash, idempotent, isPublic),
            .suspending { call in
                try await handler.handle(
                    taking.arrived(call),
                    context: FunctionContext(call: call)
                )
                call.succeedWithoutBody()
            }
        )
    }

    /// Declares a function whose handler is a plain type that answers with a value.
    public init<Handler: PlainFunctionHandler>(
        _ name: String,
        _ triggers: Trigger<Handler.Input>...,
        summary: String? = nil,
        limits: Limits = Limits(),
        isolation: Isolation? = nil,
        onCrash: CrashPolicy? = nil,
        streaming: Streaming = [],
        idempotent: Bool = false,
        public isPublic: Bool = false,
        handler: Handler
    ) where Handler.Output: Encodable {
        let taking = InputForm(Handler.Input.self)
        let giving = OutputForm(Handler.Output.self)
        self.init(
            name,
            triggers,
            streaming,
            FunctionOptions(summary, limits, isolation, onCrash, idempotent, isPublic),
            .plain { call in
                let output = try handler.handle(
                    taking.read(call),
                    context: FunctionContext(call: call)
                )
                try giving.send(output, on: call)
            }
        )
    }

    /// Declares a function whose handler is a plain type that answers nothing, or through a stream.
    public init<Handler: PlainFunctionHandler>(
        _ name: String,
        _ triggers: Trigger<Handler.Input>...,
        summary: String? = nil,
        limits: Limits = Limits(),
        isolation: Isolation? = nil,
        onCrash: CrashPolicy? = nil,
        streaming: Streaming = [],
        idempotent: Bool = false,
        public isPublic: Bool = false,
        handler: Handler
    ) where Handler.Output == Void {
        let taking = InputForm(Handler.Input.self)
        self.init(
            name,
            triggers,
            streaming,
            FunctionOptions(summary, limits, isolation, onCrash, idempotent, isPublic),
            .plain { call in
                try handler.handle(taking.read(call), context: FunctionContext(call: call))
                call.succeedWithoutBody()
            }
        )
    }
}
