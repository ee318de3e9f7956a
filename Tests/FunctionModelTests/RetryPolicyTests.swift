import FunctionModel
import Testing

struct RetryPolicyTests {
    private let now = WallTime(seconds: 1_000)

    /// Always the largest number, so that a random wait is as long as it may be.
    private struct Largest: RandomNumberGenerator {
        func next() -> UInt64 { .max }
    }

    private func verdict(
        _ result: InvocationResult,
        attempt: Int = 1,
        expires: WallTime = .never
    ) -> RetryPolicy.Verdict {
        var generator = Largest()
        return RetryPolicy().verdict(
            after: result,
            attempt: attempt,
            limit: 3,
            expires: expires,
            now: now,
            using: &generator
        )
    }

    private static func answered(_ status: Int) -> InvocationResult {
        InvocationResult(outcome: .succeeded, head: ResponseHead(status: status))
    }

    private static func threw(retryable: Bool, after: Duration? = nil) -> InvocationResult {
        InvocationResult(
            outcome: .failed,
            error: InvocationError(
                kind: "k",
                message: "m",
                retryable: retryable,
                retryAfter: after
            )
        )
    }

    @Test(arguments: [200, 201, 204, 302, 399])
    func answersBelow400AreSuccesses(status: Int) {
        #expect(verdict(Self.answered(status)) == .settle(.succeeded))
    }

    @Test(arguments: [400, 401, 404, 409, 422, 451, 499])
    func othersBelow500ArePermanent(status: Int) {
        #expect(verdict(Self.answered(status)) == .settle(.dead(.permanent)))
    }

    @Test(arguments: [408, 429, 500, 502, 503, 504])
    func statusesThatMayPassAreRetried(status: Int) {
        #expect(verdict(Self.answered(status)) == .retry(at: now + .seconds(1)))
    }

    @Test func aFunctionsOwnWordGoesBeforeItsStatus() {
        #expect(verdict(Self.threw(retryable: false)) == .settle(.dead(.permanent)))
        #expect(verdict(Self.threw(retryable: true)) == .retry(at: now + .seconds(1)))
    }

    @Test(arguments: [
        Outcome.crashed, .timedOut, .cpuExceeded, .memoryExceeded, .lost,
    ])
    func faultsAreRetriedUntilTheAttemptsAreUsedUp(outcome: Outcome) {
        let result = InvocationResult(outcome: outcome)
        #expect(verdict(result, attempt: 2) == .retry(at: now + .seconds(2)))
        #expect(verdict(result, attempt: 3) == .settle(.dead(.attemptsExhausted)))
    }

    @Test func aCancelledOneIsOver() {
        #expect(verdict(InvocationResult(outcome: .cancelled)) == .settle(.cancelled))
    }

    @Test func nothingIsRetriedPastItsAge() {
        let result = InvocationResult(outcome: .crashed)
        #expect(verdict(result, expires: now + .seconds(1)) == .settle(.dead(.expired)))
        #expect(verdict(result, expires: now + .seconds(2)) == .retry(at: now + .seconds(1)))
    }

    @Test(arguments: [
        (1, 1), (2, 2), (3, 4), (4, 8), (9, 256), (10, 300), (100, 300), (Int.max, 300),
    ])
    func waitsDoubleUpToABound(attempt: Int, seconds: Int) {
        var largest = Largest()
        #expect(RetryPolicy().delay(after: attempt, using: &largest) == .seconds(seconds))
    }

    @Test func waitsAreSpreadOverAllOfTheirRange() {
        var generator = SystemRandomNumberGenerator()
        let waits = (0..<1_000).map { _ in RetryPolicy().delay(after: 3, using: &generator) }
        #expect(waits.allSatisfy { $0 >= .zero && $0 <= .seconds(4) })
        #expect(waits.contains { $0 < .seconds(1) } && waits.contains { $0 > .seconds(3) })
    }

    @Test(arguments: [(5, 5), (0, 0), (-1, 0), (100_000, 300)])
    func aFunctionSaysHowLong(asked: Int, waited: Int) {
        let result = Self.threw(retryable: true, after: .seconds(asked))
        #expect(verdict(result) == .retry(at: now + .seconds(waited)))
    }

    @Test func retryAfterInTheAnswerCounts() {
        var answer = Self.answered(503)
        answer.head?.headers = [Field("Retry-After", "17")]
        #expect(verdict(answer) == .retry(at: now + .seconds(17)))
    }

    @Test func retryAfterMayBeADate() {
        var answer = Self.answered(503)
        let date = WallTime(httpDate: "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(date == WallTime(seconds: 784_111_777))
        #expect(WallTime(httpDate: "Thu, 29 Feb 2024 23:59:60 GMT")?.seconds == 1_709_251_200)
        #expect(WallTime(httpDate: "Thu, 01 Jan 1970 00:00:00 GMT")?.seconds == 0)
        // In the past: at once.
        answer.head?.headers = [Field("retry-after", "Thu, 01 Jan 1970 00:00:00 GMT")]
        #expect(verdict(answer) == .retry(at: now))
    }

    @Test(arguments: [
        "", "soon", "Sun, 06 Nov 1994", "Sun, 06 Nov 1994 08:49:37 CET",
        "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 32 Nov 1994 08:49:37 GMT",
        "Sun, 06 Now 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT",
    ])
    func whatIsNoDateIsNone(text: String) { #expect(WallTime(httpDate: text) == nil) }
}
