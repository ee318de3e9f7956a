public import FunctionModel
public import NIOCore
internal import Synchronization

/// A host without rooms: fixed views, a function that answers, and a record of what was asked.
public final class FakeHost: HostOperations {
    private struct State {
        var asked: [String] = []
        var follower: AsyncStream<LogEvent>.Continuation?
        var cancelled = false
    }

    private let state = Mutex(State())
    /// An invocation that is kept.
    public let kept = InvocationView(Samples.record)

    /// A host that has been asked nothing.
    public init() {}

    /// What was asked, in order.
    public var asked: [String] { state.withLock { $0.asked } }

    /// Whether an invocation of `slow` was cancelled.
    public var wasCancelled: Bool { state.withLock { $0.cancelled } }

    /// Whether somebody follows the log.
    public var isFollowed: Bool { state.withLock { $0.follower != nil } }

    /// Writes a line for those who follow the log.
    public func log(_ message: String) {
        let event = LogEvent(time: 2, level: "info", source: "host", message: message)
        _ = state.withLock { $0.follower }?.yield(event)
    }

    func note(_ text: String) { state.withLock { $0.asked.append(text) } }

    /// See `HostOperations`.
    public func functions() async -> [FunctionView] {
        [Samples.function("hello"), Samples.function("add")]
    }

    /// See `HostOperations`.
    public func lower(
        _ limits: [String: String?],
        of target: LimitTarget
    ) async throws -> [FunctionView] {
        let words = limits.sorted { $0.key < $1.key }.map { "\($0)=\($1 ?? "-")" }
        note("lower \(target) \(words.joined(separator: " "))")
        return [Samples.function("hello")]
    }

    /// See `HostOperations`.
    public func plugins() async -> [PluginView] { [Samples.plugin] }

    /// See `HostOperations`.
    public func cells() async -> [CellView] {
        [CellView(id: 1, kind: .shared, pid: 7, state: .ready)]
    }

    /// See `HostOperations`.
    public func invocations(_ query: InvocationQuery) async throws -> InvocationPage {
        note(
            "invocations \(query.function ?? "*") \(query.outcome?.rawValue ?? "*") \(query.limit)"
        )
        return InvocationPage([kept])
    }

    /// See `HostOperations`.
    public func invocation(_ id: InvocationID) async throws -> InvocationView? {
        id == kept.id ? kept : nil
    }

    /// See `HostOperations`.
    public func cancel(_ id: InvocationID) async throws -> Bool {
        note("cancel \(id)")
        return false
    }

    /// Answers `hello` with its payload; `crash` crashes, `slow` waits to be cancelled.
    public func invoke(
        _ function: String,
        payload: ByteBuffer,
        contentType: String
    ) async throws -> OperatorInvocation {
        note("invoke \(function) \(contentType) \(payload.readableBytes)")
        switch function {
        case "hello", "samples.hello":
            return OperatorInvocation(
                id: kept.id,
                function: kept.function,
                outcome: .succeeded,
                status: 200,
                contentType: contentType,
                body: payload
            )
        case "crash":
            return OperatorInvocation(
                id: kept.id,
                function: kept.function,
                outcome: .crashed,
                status: 502,
                error: InvocationError(kind: "SIGILL", message: "it trapped")
            )
        case "slow":
            do {
                try await Task.sleep(for: .seconds(60))
            } catch {
                state.withLock { $0.cancelled = true }
            }
            throw CancellationError()
        default:
            throw HostOperationError(.notFound, "There is no function '\(function)' on this host.")
        }
    }

    /// Takes every file but those whose bytes say `broken`.
    public func deploy(fileName: String, bytes: ByteBuffer) async throws -> PluginView {
        note("deploy \(fileName) \(bytes.readableBytes)")
        guard String(buffer: bytes) != "broken" else {
            throw PluginRefusal(kind: "notELF", message: "\(fileName) is not a shared library.")
        }
        return Samples.plugin
    }

    /// See `HostOperations`.
    public func remove(fileName: String) async throws { note("remove \(fileName)") }

    /// See `HostOperations`.
    public func rollback(plugin: String, to version: String?) async throws -> PluginView {
        note("rollback \(plugin) \(version ?? "-")")
        return Samples.plugin
    }

    /// See `HostOperations`.
    public func resume(plugin: String) async throws -> PluginView {
        note("resume \(plugin)")
        return Samples.plugin
    }

    /// See `HostOperations`.
    public func recentLogs(limit: Int) async -> [LogEvent] {
        [LogEvent(time: 1, level: "info", source: "host", message: "an old line")]
    }

    /// See `HostOperations`.
    public func logs() -> AsyncStream<LogEvent> {
        let (stream, source) = AsyncStream.makeStream(of: LogEvent.self)
        source.onTermination = { _ in self.state.withLock { $0.follower = nil } }
        state.withLock { $0.follower = source }
        return stream
    }

    /// See `HostOperations`.
    public func metricsText() async -> String { "up 1\n" }

    /// See `HostOperations`.
    public func openAPI() async throws -> ByteBuffer {
        note("openapi")
        return ByteBuffer(string: "{\"openapi\":\"3.1.0\"}\n")
    }

    /// See `HostOperations`.
    public func health() async -> HealthView { HealthView() }

    /// Never ready.
    public func readiness() async -> HealthView { HealthView(reasons: ["The host is starting."]) }

    /// See `HostOperations`.
    public func about() async -> AboutView { Samples.about }
}
