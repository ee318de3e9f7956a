import FunctionModel
import Logging
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import FunctionDispatch

/// A dispatcher on a loop whose time the test moves, over workers that the test answers for.
final class TestBench {
    let loop = EmbeddedEventLoop()
    let host: FakeWorkerHost
    let dispatcher: Dispatcher

    init(
        settings: (inout DispatchSettings) -> Void = { _ in },
        symboliser: (any FrameSymboliser)? = nil
    ) {
        var chosen = DispatchSettings()
        chosen.defaultConcurrency = 2
        settings(&chosen)
        host = FakeWorkerHost(loop: loop)
        let overrides = OverrideBox()
        box = overrides
        dispatcher = Dispatcher(
            eventLoop: loop,
            workerHost: host,
            settings: chosen,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            symboliser: symboliser,
            wallClock: { 1_700_000_000 },
            onRetire: { name in overrides.retired.withLock { $0.append(name) } },
            definitions: { version throws(PluginRefusal) in try overrides.definitions(of: version) }
        )
    }

    private let box: OverrideBox

    /// The functions that were given up, in order.
    var retired: [FunctionName] { box.retired.withLock { $0 } }

    /// Has the operator change every function of later versions.
    func overrideAll(_ change: @escaping @Sendable (inout FunctionDefinition) -> Void) {
        box.change.withLock { $0 = change }
    }

    /// Installs a version and answers its warm start.
    @discardableResult
    func install(_ version: PluginVersion, warm: Bool = false) -> PluginRefusal? {
        let answer = Answer()
        dispatcher.install(version, warm: warm) { answer.set($0) }
        if warm { host.readyAll() }
        #expect(answer.isSet)
        return answer.refusal
    }

    /// Asks for an invocation.
    func call(
        _ function: String,
        body: String = "",
        _ change: (inout InvocationRequest) -> Void = { _ in }
    ) throws -> Caller {
        let parts = function.split(separator: ".").map(String.init)
        var request = InvocationRequest(
            id: InvocationID(),
            function: try FunctionName(plugin: parts[0], function: parts[1]),
            trigger: .http,
            body: ByteBuffer(string: body)
        )
        change(&request)
        let caller = Caller()
        caller.returned(dispatcher.invoke(request, observer: caller))
        loop.run()
        return caller
    }

    /// Has quick runs give the function a short average.
    func makeQuick(_ function: String, run: Duration = .microseconds(10)) throws {
        for _ in 0..<FunctionGate.runsBeforeWindow {
            _ = try call(function)
            host.readyAll()
            for worker in host.workers where !worker.held.isEmpty {
                worker.end(run: run)
            }
        }
    }

    /// The loop's own time.
    var now: NIODeadline {
        let loop: any EventLoop = loop
        return loop.now
    }

    func advance(_ amount: TimeAmount) { loop.advanceTime(by: amount) }

    /// What `install` said.
    final class Answer: Sendable {
        private let said = Mutex<PluginRefusal??>(nil)
        var isSet: Bool { said.withLock { $0 != nil } }
        var refusal: PluginRefusal? { said.withLock { $0 ?? nil } }
        func set(_ refusal: PluginRefusal?) { said.withLock { $0 = .some(refusal) } }
    }

    private final class OverrideBox: Sendable {
        let retired = Mutex<[FunctionName]>([])
        let change = Mutex<(@Sendable (inout FunctionDefinition) -> Void)?>(nil)

        func definitions(of version: PluginVersion) throws(PluginRefusal) -> [FunctionDefinition] {
            var definitions: [FunctionDefinition] = []
            for (index, function) in version.manifest.functions.enumerated() {
                let name: FunctionName
                do {
                    name = try FunctionName(
                        plugin: version.manifest.plugin,
                        function: function.name
                    )
                } catch { throw .badManifest("\(error)") }
                var definition = FunctionDefinition(
                    name: name,
                    index: index,
                    manifest: function,
                    quota: Quota().applying(function.limits ?? QuotaOverrides()),
                    triggers: function.triggers ?? [],
                    isolation: function.isolation ?? .thread,
                    onCrash: function.onCrash ?? .backoff,
                    configuration: [:]
                )
                change.withLock { $0 }?(&definition)
                definitions.append(definition)
            }
            return definitions
        }
    }
}

/// A plugin's version with functions, each with a route `METHOD /path` or none.
func version(
    _ plugin: String,
    _ functions: [(name: String, route: String?)],
    hash: String = "1",
    _ change: (inout FunctionManifest) -> Void = { _ in }
) -> PluginVersion {
    let manifests = functions.map { name, route in
        var manifest = FunctionManifest(name: name)
        if let route {
            let parts = route.split(separator: " ").map(String.init)
            var trigger = TriggerDeclaration()
            trigger.http = HTTPTriggerDeclaration(method: parts[0], path: parts[1])
            manifest.triggers = [trigger]
        }
        change(&manifest)
        return manifest
    }
    return PluginVersion(
        contentHash: String(repeating: hash, count: 64),
        manifest: Manifest(plugin: plugin, functions: manifests),
        entrySymbol: "roost_plugin_\(plugin)",
        imagePath: "/nowhere/\(plugin)-\(hash).so",
        loadedSize: .kibibytes(24)
    )
}

/// Limits of a test's function.
func limits(_ change: (inout QuotaOverrides) -> Void) -> QuotaOverrides {
    var limits = QuotaOverrides()
    change(&limits)
    return limits
}
