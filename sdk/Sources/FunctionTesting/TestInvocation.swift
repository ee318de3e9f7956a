public import FunctionSDK

/// An invocation under test that has been started.
public struct TestInvocation: Sendable {
    let call: TestCall
    // Keeps the worker's thread until the end.
    let host: TestHost

    /// Asks it to stop.
    public func cancel(_ reason: CancelReason = .caller) { call.cancel(reason) }

    /// Waits for its end.
    public func reply() async -> TestReply { await call.reply() }
}
