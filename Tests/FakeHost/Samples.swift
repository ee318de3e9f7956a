public import FunctionModel

/// Views with fixed values.
public enum Samples {
    /// The name of a function of the plugin `samples`.
    public static func name(_ function: String) -> FunctionName {
        do {
            return try FunctionName(plugin: "samples", function: function)
        } catch {
            preconditionFailure("\(error)")
        }
    }

    /// A function that has been called four times.
    public static func function(_ function: String) -> FunctionView {
        var route = TriggerDeclaration()
        route.http = HTTPTriggerDeclaration(method: "POST", path: "/\(function)")
        return FunctionView(
            name: name(function),
            version: "0123456789ab",
            triggers: [route],
            limits: LimitsView(Quota()),
            isolation: .thread,
            onCrash: .backoff,
            workersRunning: 1,
            workersIdle: 2,
            queueDepth: 3,
            counts: ["succeeded": 3, "crashed": 1],
            averageRunSeconds: 0.000_042
        )
    }

    /// A plugin whose newest file was refused.
    public static let plugin = PluginView(
        file: "libSamples.so",
        plugin: "samples",
        version: String(repeating: "0123456789abcdef", count: 4),
        state: .serving,
        refusal: PluginRefusal(kind: "notELF", message: "libSamples.so is not a shared library."),
        since: 0,
        loadSeconds: 0.001_5,
        startSeconds: 0.000_25,
        functions: [name("hello"), name("add")],
        cells: [1]
    )

    /// A host.
    public static let about = AboutView(
        version: "0",
        pid: 1,
        started: 0,
        uptimeSeconds: 1,
        home: "home",
        pluginDirectory: "plugins",
        functionAddress: "127.0.0.1:8080",
        adminAddress: nil
    )

    /// An invocation that crashed, with a log line and a backtrace.
    public static var record: InvocationRecord {
        var record = InvocationRecord(
            id: InvocationID(),
            function: name("hello"),
            trigger: .http,
            attempt: 1,
            version: "01",
            received: 0
        )
        record.outcome = .crashed
        record.status = 502
        record.error = InvocationError(
            kind: "SIGILL",
            message: "it trapped",
            backtrace: [StackFrame(image: "libSamples.so", offset: 16, symbol: "hello()")]
        )
        record.usage.run = .milliseconds(2)
        record.log = [LogLine(time: 0, level: "info", message: "a line")]
        return record
    }
}
