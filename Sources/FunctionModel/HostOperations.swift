public import NIOCore

/// What operators and their tools ask of a running host: the seam between the admin API and the
/// executable that joins the rooms.
///
/// Every call may come from any task. Calls that can fail for a reason an operator has to hear throw
/// `HostOperationError`, or `PluginRefusal` where a plugin is not taken.
public protocol HostOperations: QueueOperations, ScheduleOperations, FileOperations {
    /// Lists every function that is served, ordered by name.
    func functions() async -> [FunctionView]

    /// Lists every plugin file that the host has seen, ordered by file name.
    func plugins() async -> [PluginView]

    /// Lists the cells that live, ordered by id.
    func cells() async -> [CellView]

    /// Lists what is kept of invocations, newest first: those in memory, running ones included, and
    /// those in the store.
    ///
    /// - Throws: `HostOperationError` when the query makes no sense, or the store can't be read.
    func invocations(_ query: InvocationQuery) async throws -> InvocationPage

    /// Returns what is kept of one invocation; `nil` when nothing is.
    func invocation(_ id: InvocationID) async throws -> InvocationView?

    /// Asks a waiting or running invocation to stop; false when none of that id is under way.
    func cancel(_ id: InvocationID) async throws -> Bool

    /// Runs a function, whatever its triggers, and waits for its end. Streamed responses are
    /// gathered up to the function's response limit. Cancelling the task cancels the invocation.
    ///
    /// - Throws: `HostOperationError` when no function has this full or short name.
    func invoke(
        _ function: String,
        payload: ByteBuffer,
        contentType: String
    ) async throws -> OperatorInvocation

    /// Puts a file into the plugin directory and waits until it is served or refused.
    ///
    /// - Throws: `PluginRefusal` when it is not served; the version before goes on serving.
    func deploy(fileName: String, bytes: ByteBuffer) async throws -> PluginView

    /// Takes a file out of the plugin directory, which retires its plugin.
    ///
    /// - Throws: `HostOperationError` when there is no such file.
    func remove(fileName: String) async throws

    /// Serves an earlier version of a plugin again: the one whose content hash begins with `version`,
    /// or with `nil` the one before the present one.
    ///
    /// - Throws: `HostOperationError` when there is no such plugin or version.
    func rollback(plugin: String, to version: String?) async throws -> PluginView

    /// Lets a plugin run again as if it had never crashed: ends back-off, demotion and quarantine.
    ///
    /// - Throws: `HostOperationError` when no plugin of that name is served.
    func resume(plugin: String) async throws -> PluginView

    /// Lowers limits of a function or a plugin below what `roost.yaml` and the plugin say, until they
    /// are given back; they outlive the host.
    ///
    /// - Parameters:
    ///   - limits: Limits by their names in `roost.yaml`, written as there; `nil` gives one back.
    ///   - target: Whose.
    /// - Returns: The functions concerned, with the limits that are now in force.
    /// - Throws: `HostOperationError` when there is no such target, or a limit makes no sense or is
    ///   no lower; `PluginRefusal` when it can't be enforced and has to be. Nothing has changed then.
    func lower(_ limits: [String: String?], of target: LimitTarget) async throws -> [FunctionView]

    /// Returns the latest log events, oldest first.
    func recentLogs(limit: Int) async -> [LogEvent]

    /// Follows the log from now on. A listener that doesn't keep up loses the oldest events.
    func logs() -> AsyncStream<LogEvent>

    /// Returns all metrics in Prometheus' text format 0.0.4.
    func metricsText() async -> String

    /// Describes every function that is served, with what it takes and gives, as an OpenAPI document.
    ///
    /// - Throws: `HostOperationError` when what is stored of a plugin has just changed.
    func openAPI() async throws -> ByteBuffer

    /// Says whether the host is alive: its own parts answer.
    func health() async -> HealthView

    /// Says whether the host wants traffic: started, not draining, plugins found at start are in.
    func readiness() async -> HealthView

    /// Describes the host itself.
    func about() async -> AboutView
}

/// An operator's wish that can't be met, in a sentence that says what to do.
public struct HostOperationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of answer it is; the admin API makes a status of it.
    public enum Kind: String, Sendable, Codable {
        /// Nothing of that name is there.
        case notFound
        /// The wish itself makes no sense.
        case invalid
        /// It contradicts the present state.
        case conflict
        /// Not now: starting, draining or out of means.
        case unavailable
    }

    /// What kind of answer it is.
    public var kind: Kind
    /// The sentence.
    public var message: String

    /// Refuses a wish.
    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// The sentence.
    public var description: String { message }
}

/// How an invocation that an operator asked for ended.
public struct OperatorInvocation: Sendable {
    /// Names it.
    public var id: InvocationID
    /// The function that ran.
    public var function: FunctionName
    /// How it ended.
    public var outcome: Outcome
    /// The status that the function gave, or stands for the outcome.
    public var status: Int
    /// The response's media type; empty when unknown.
    public var contentType: String
    /// The response's body.
    public var body: ByteBuffer
    /// What went wrong, unless it succeeded.
    public var error: InvocationError?
    /// What was measured.
    public var usage: Usage

    /// Describes an end.
    public init(
        id: InvocationID,
        function: FunctionName,
        outcome: Outcome,
        status: Int,
        contentType: String = "",
        body: ByteBuffer = ByteBuffer(),
        error: InvocationError? = nil,
        usage: Usage = Usage()
    ) {
        self.id = id
        self.function = function
        self.outcome = outcome
        self.status = status
        self.contentType = contentType
        self.body = body
        self.error = error
        self.usage = usage
    }
}
