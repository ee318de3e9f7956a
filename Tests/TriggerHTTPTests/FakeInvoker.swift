import FunctionModel
import NIOCore
import NIOPosix
import Synchronization

/// An invocation that a test's function handles, and what the listener has said about it.
final class FakeInvocation: InvocationControl {
    let request: InvocationRequest
    let observer: any InvocationObserver
    private let state = Mutex(State())

    struct State {
        var body: [UInt8] = []
        var ended = false
        var credit = StreamWindow.bytes
        var cancelled: CancelReason?
        var released = false
        var wakers: [(@Sendable (State) -> Bool, CheckedContinuation<State, Never>)] = []
    }

    init(request: InvocationRequest, observer: any InvocationObserver) {
        self.request = request
        self.observer = observer
        state.withLock {
            $0.body = Array(request.body.readableBytesView)
            $0.ended = request.bodyComplete
        }
    }

    var now: State { state.withLock { $0 } }

    /// Waits until the listener has said something.
    func wait(until condition: @escaping @Sendable (State) -> Bool) async -> State {
        await withCheckedContinuation { continuation in
            change { $0.wakers.append((condition, continuation)) }
        }
    }

    func sendBody(_ piece: ByteBuffer, end: Bool) {
        change {
            $0.body += piece.readableBytesView
            if end { $0.ended = true }
        }
    }

    func grantCredit(bytes: Int) { change { $0.credit += bytes } }

    /// Lets a function go on that waits for `released`.
    func release() { change { $0.released = true } }

    func cancel(_ reason: CancelReason) { change { $0.cancelled = reason } }

    /// Writes as a function does: no more than its credit.
    func write(_ piece: ByteBuffer) async {
        let size = piece.readableBytes
        _ = await wait { $0.credit >= size || $0.cancelled != nil }
        change { $0.credit -= size }
        observer.invocationDidWrite(piece)
    }

    private func change(_ body: (inout State) -> Void) {
        let ready = state.withLock { state in
            body(&state)
            let snapshot = state
            let ready = state.wakers.filter { $0.0(snapshot) }.map(\.1)
            state.wakers.removeAll { $0.0(snapshot) }
            return ready.map { ($0, snapshot) }
        }
        for (continuation, snapshot) in ready { continuation.resume(returning: snapshot) }
    }
}

/// Routes and runs a test's functions, each on a task of its own, as if on another thread.
final class FakeInvoker: FunctionInvoker {
    typealias Handler = @Sendable (FakeInvocation) async -> Void

    private let routes: [String: (methods: [String], function: RoutedFunction, handler: Handler)]
    let invocations = Mutex<[FakeInvocation]>([])

    init(_ functions: [FakeFunction]) {
        routes = Dictionary(
            uniqueKeysWithValues: functions.map { function in
                (function.path, (function.methods, function.routed, function.handler))
            }
        )
    }

    func invoke(
        _ request: InvocationRequest,
        observer: any InvocationObserver
    ) -> any InvocationControl {
        let invocation = FakeInvocation(request: request, observer: observer)
        invocations.withLock { $0.append(invocation) }
        if let route = routes.values.first(where: { $0.function.name == request.function }) {
            Task { await route.handler(invocation) }
        }
        return invocation
    }

    func route(method: String, path: String) -> RouteMatch {
        guard let route = routes[path] else { return .notFound }
        guard route.methods.contains(method) else { return .wrongMethod(allowed: route.methods) }
        return .function(route.function)
    }

    func resolve(_ name: String) -> FunctionName? { nil }

    /// The latest invocation, once it is there.
    func latest(_ count: Int = 1) async -> FakeInvocation {
        while true {
            let all = invocations.withLock { $0 }
            if all.count >= count { return all[count - 1] }
            await Task.yield()
        }
    }
}

/// A function of a test.
struct FakeFunction {
    var path: String
    var methods: [String]
    var routed: RoutedFunction
    var handler: FakeInvoker.Handler

    init(
        _ path: String,
        _ methods: [String] = ["GET"],
        requestSize: ByteCount = .mebibytes(1),
        streams: Bool = false,
        idempotent: Bool = false,
        handler: @escaping FakeInvoker.Handler
    ) throws {
        self.path = path
        self.methods = methods
        self.handler = handler
        routed = RoutedFunction(
            name: try FunctionName(
                plugin: "test",
                function: path.split(separator: "/").last.map(String.init) ?? ""
            ),
            parameters: [],
            requestSize: requestSize,
            streamsRequest: streams,
            idempotent: idempotent,
            allowed: methods
        )
    }
}
