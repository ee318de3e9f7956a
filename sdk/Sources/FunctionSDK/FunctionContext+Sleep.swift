internal import Synchronization

extension FunctionContext {
    /// Suspends for a while; ends at once when the invocation is cancelled.
    ///
    /// In tests the fake clock
    /// counts, so nothing really waits.
    ///
    /// - Throws: `CancellationError` when the invocation is cancelled.
    public func sleep(for duration: Duration) async throws {
        try call.checkCancellation()
        await withUnsafeContinuation { continuation in
            // Whichever comes first; the other finds nothing to do.
            let once = Once { continuation.resume() }
            call.after(duration) { _ in once.run() }
            call.when(.cancelled) { _ in once.run() }
        }
        try call.checkCancellation()
    }

    /// Waits on the worker's thread for a while; ends at once when the invocation is cancelled.
    ///
    /// - Throws: `CancellationError` when the invocation is cancelled.
    @available(*, noasync, message: "use 'try await sleep'")
    public func sleep(for duration: Duration) throws {
        let answer = Answer()
        call.after(duration) { answer.set($0) }
        while !answer.isThere { try call.pump() }
        try call.checkCancellation()
    }
}

extension Call {
    /// Calls back on the worker's thread after a delay, or at the invocation's end.
    func after(_ delay: Duration, _ body: @escaping Callbacks.Body) {
        guard !isOver, let timer = host.pointee.timer else { return body(nil) }
        let nanoseconds = delay > .zero ? delay.atLeastOne : 0
        timer(context, nanoseconds, { Callbacks.run($0, nil) }, register(body))
    }
}

/// What a plain handler waits for.
final class Answer: Sendable {
    private let state = Mutex<(there: Bool, value: FunctionReply?)>((false, nil))

    var isThere: Bool { state.withLock { $0.there } }
    var value: FunctionReply? { state.withLock { $0.value } }

    func set(_ value: FunctionReply?) { state.withLock { $0 = (true, value) } }
}

/// Runs a closure the first time it is asked to.
final class Once: Sendable {
    private let body: @Sendable () -> Void
    private let done = Atomic(false)

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    func run() {
        if !done.exchange(true, ordering: .acquiringAndReleasing) { body() }
    }
}
