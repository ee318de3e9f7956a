public import FunctionModel
public import Logging
public import NIOCore
internal import Synchronization

/// Decides which version of which function runs an event, and when: routes, admits, gives calls to
/// workers, and tells every caller exactly one end.
///
/// One value behind one lock decides (`DispatchState`); this class takes the lock, asks, releases
/// it and acts. Callable from any thread; fastest on `eventLoop` when the workers live there too.
public final class Dispatcher: FunctionInvoker, Sendable {
    let eventLoop: any EventLoop
    let workerHost: any WorkerHost
    let settings: DispatchSettings
    let logger: Logger
    let symboliser: (any FrameSymboliser)?
    let definitions: DefinitionSource
    let wallClock: @Sendable () -> Double
    let onRetire: @Sendable (FunctionName) -> Void
    let onRecord: @Sendable (InvocationRecord) -> Void
    let onBacktrace: @Sendable (InvocationRecord) -> Void
    let state: Mutex<DispatchState>
    let table: Mutex<RoutingTable>
    let meters: MeterShelf
    let records: RecordKeeper
    let alarm = Alarm()
    let waiters = Mutex(Waiters())
    let definitionListeners = Mutex<[@Sendable () -> Void]>([])
    let service = Mutex<(any HostCallService)?>(nil)

    /// Merges a version's manifest with the operator's settings.
    public typealias DefinitionSource =
        @Sendable (PluginVersion) throws(PluginRefusal) -> [FunctionDefinition]

    /// Makes a dispatcher that serves nothing yet.
    ///
    /// - Parameters:
    ///   - eventLoop: Where timers run and rejections are told; best the loop that HTTP and workers
    ///     live on.
    ///   - workerHost: Starts the workers.
    ///   - settings: Budgets and bounds of the host.
    ///   - logger: Hears of workers that could not be started.
    ///   - symboliser: Reads the backtraces of crashes; `nil` leaves them as they are.
    ///   - wallClock: Seconds since 1970, for records.
    ///   - onRetire: Hears of a function that is served no longer and whose metrics may go.
    ///   - onRecord: Hears of every record that is kept, but for those of what the queue has run, which
    ///     keeps them itself; must not wait.
    ///   - onBacktrace: Hears of any record again once its backtrace has been read; must not wait.
    ///   - definitions: Asked once for each installed version.
    public init(
        eventLoop: any EventLoop,
        workerHost: any WorkerHost,
        settings: DispatchSettings,
        logger: Logger,
        symboliser: (any FrameSymboliser)? = nil,
        wallClock: @escaping @Sendable () -> Double,
        onRetire: @escaping @Sendable (FunctionName) -> Void = { _ in },
        onRecord: @escaping @Sendable (InvocationRecord) -> Void = { _ in },
        onBacktrace: @escaping @Sendable (InvocationRecord) -> Void = { _ in },
        definitions: @escaping DefinitionSource
    ) {
        self.eventLoop = eventLoop
        self.workerHost = workerHost
        self.settings = settings
        self.logger = logger
        self.symboliser = symboliser
        self.wallClock = wallClock
        self.onRetire = onRetire
        self.onRecord = onRecord
        self.onBacktrace = onBacktrace
        self.definitions = definitions
        state = Mutex(DispatchState(settings: settings))
        table = Mutex(RoutingTable())
        meters = MeterShelf(limit: settings.meteredFunctions)
        records = RecordKeeper(count: settings.keptRecords, logBytes: settings.keptLogs.bytes)
    }

    /// The routes of this moment, for views; as long as they are kept, a change copies them all.
    var routes: RoutingTable { table.withLock { $0 } }

    /// Finds the function for a request line.
    public func route(method: String, path: String) -> RouteMatch {
        table.withLock { $0.route(method: method, path: path) }
    }

    /// Resolves a full or short name; `nil` when there is none, or more than one of that short name.
    public func resolve(_ name: String) -> FunctionName? { entry(named: name)?.name }

    /// The same with all that is known of it.
    func entry(named name: String) -> FunctionEntry? { table.withLock { $0.resolve(name) } }

    /// The same by the full name alone.
    func entry(of name: FunctionName) -> FunctionEntry? {
        table.withLock { $0.functions[name] }
    }

    /// Admits, queues or rejects an invocation; the observer hears exactly one end, later.
    public func invoke(
        _ request: InvocationRequest,
        observer: any InvocationObserver
    ) -> any InvocationControl {
        // A version may have been replaced since the table was read; then the next table has its
        // successor, and only a flood of replacements makes this go round again.
        for _ in 0..<8 {
            guard let entry = table.withLock({ $0.functions[request.function] }) else { break }
            if let invocation = admit(request, entry, observer) { return invocation }
        }
        let result = InvocationResult.rejected(
            .noSuchFunction,
            "no function '\(request.function)' is served here"
        )
        eventLoop.execute { observer.invocationDidEnd(result) }
        return EndedControl()
    }

    /// Takes a call in when the entry's version is still the one that serves.
    private func admit(
        _ request: InvocationRequest,
        _ entry: FunctionEntry,
        _ observer: any InvocationObserver
    ) -> Invocation? {
        let received = wallClock()
        var out = DispatchActions()
        let invocation = change { state, now -> Invocation? in
            guard let pool = state.index(of: entry.pool), state.pools[pool].isOpen else {
                return nil
            }
            let invocation = Invocation(
                request: request,
                entry: entry,
                place: state.reserveCall(),
                received: received,
                observer: observer,
                dispatcher: self
            )
            state.admit(invocation, now: now, &out)
            return invocation
        }
        perform(out, isEntering: true)
        return invocation
    }

    /// Changes the state under its lock.
    func change<Value: Sendable>(
        _ body: (inout DispatchState, NIODeadline) -> Value
    ) -> Value {
        let isHome = eventLoop.inEventLoop
        let now = isHome ? eventLoop.now : .now()
        return state.withLock { state in
            state.callerIsHome = isHome
            return body(&state, now)
        }
    }

    /// Changes the state, then does what it asks for.
    func decide(_ body: (inout DispatchState, NIODeadline, inout DispatchActions) -> Void) {
        var out = DispatchActions()
        change { state, now in body(&state, now, &out) }
        perform(out)
    }
}

/// Steers an invocation that never began.
final class EndedControl: InvocationControl {
    func sendBody(_ piece: ByteBuffer, end: Bool) {}
    func grantCredit(bytes: Int) {}
    func cancel(_ reason: CancelReason) {}
}
