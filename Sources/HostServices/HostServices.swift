public import FunctionModel

/// Does what functions ask of the host beside running other functions at once: values, locks,
/// queued calls, events.
///
/// Everything belongs to the function that asks, by its full name; nothing here can reach another's.
public final class HostServices: HostCallService {
    /// The store, as this room needs it.
    public typealias Store = FunctionStateStore & LockTable

    let store: any Store
    let desk: any InvocationDesk
    let bus: any EventBus
    let directory: any DeliveryDirectory
    let resolve: @Sendable (String) -> FunctionName?
    let files: (any HostCallService)?
    let settings: ServiceSettings
    let now: @Sendable () -> WallTime
    let bells = LockBells()

    /// Joins what answers functions.
    ///
    /// - Parameters:
    ///   - store: Keeps values and locks.
    ///   - desk: Takes queued calls.
    ///   - bus: Takes events.
    ///   - directory: Knows how what is queued for a function is delivered.
    ///   - settings: Bounds and times.
    ///   - now: The time of day.
    ///   - files: Opens files of events; `nil` where there are none.
    ///   - resolve: Finds a served function by its full or short name.
    public init(
        store: any Store,
        desk: any InvocationDesk,
        bus: any EventBus,
        directory: any DeliveryDirectory,
        settings: ServiceSettings = ServiceSettings(),
        now: @escaping @Sendable () -> WallTime,
        files: (any HostCallService)? = nil,
        resolve: @escaping @Sendable (String) -> FunctionName?
    ) {
        self.store = store
        self.desk = desk
        self.bus = bus
        self.directory = directory
        self.settings = settings
        self.now = now
        self.files = files
        self.resolve = resolve
    }

    /// Answers a call; its task is cancelled when the caller's invocation ends before.
    public func answer(_ call: HostCall, from caller: HostCaller) async -> HostAnswer {
        do throws(ServiceRefusal) {
            switch call.operation {
            case .readState: return try await read(call, caller)
            case .writeState: return try await write(call, caller)
            case .removeState: return try await remove(call, caller)
            case .lock: return try await lock(call, caller)
            case .renewLock: return try await renew(call, caller)
            case .unlock: return try await unlock(call, caller)
            case .enqueue: return try await enqueue(call, caller)
            case .emit: return try await emit(call, caller)
            case .openFile:
                guard let files else { throw .unsupported }
                return await files.answer(call, from: caller)
            case .invoke: throw .unsupported
            }
        } catch {
            return .problem(error.status, error.message)
        }
    }
}

/// Bounds and times of what functions ask of the host.
public struct ServiceSettings: Sendable {
    /// How much the values of one function may be together.
    public var state = StateBounds()
    /// The longest time that a lock may be taken for at once.
    public var longestLock: Duration = .seconds(86_400)
    /// The pause before a lock is tried a second time, unless it is released before; doubles.
    public var shortestLockPause: Duration = .milliseconds(10)
    /// The longest such pause: how late it may be seen that a lock's time is over.
    public var longestLockPause: Duration = .milliseconds(250)
    /// How long the idempotency key of a queued call is known.
    public var keyLifetime: Duration = .seconds(86_400)

    /// The defaults.
    public init() {}
}
