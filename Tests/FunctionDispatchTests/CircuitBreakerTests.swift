import NIOCore
import Testing

@testable import FunctionDispatch

@Suite struct CircuitBreakerTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    @Test func theFirstCrashLeavesItClosedAndTheSecondOpensIt() {
        var breaker = CircuitBreaker()
        breaker.crashed(start)
        #expect(!breaker.isTripped)
        breaker.crashed(start)
        #expect(breaker.isTripped)
        #expect(breaker.remaining(start) == .milliseconds(100))
    }

    @Test func aCrashThatOthersHavePaidForOpensItAtOnce() {
        var breaker = CircuitBreaker()
        breaker.harmedOthers(start)
        #expect(breaker.remaining(start) == .milliseconds(100))
    }

    @Test func afterThePauseItIsHalfOpenUntilASuccess() {
        var breaker = CircuitBreaker()
        for _ in 0..<2 { breaker.crashed(start) }
        let later = start + .milliseconds(100)
        #expect(breaker.remaining(later) == nil)
        #expect(breaker.isTripped)
        breaker.succeeded(later)
        #expect(!breaker.isTripped)
        breaker.crashed(later)
        #expect(breaker.remaining(later) == .milliseconds(200), "ten minutes were not good")
    }

    @Test func aSuccessThatBeganBeforeTheCrashDoesNotClose() {
        var breaker = CircuitBreaker()
        for _ in 0..<2 { breaker.crashed(start) }
        breaker.succeeded(start + .milliseconds(50))
        #expect(breaker.isTripped)
    }

    @Test func tooManyErrorsOpenItAndTheProbeDecides() {
        var breaker = CircuitBreaker()
        for call in 0..<19 { breaker.count(isError: call % 2 == 0, limit: 40, start) }
        #expect(!breaker.isTripped, "19 calls say nothing")
        breaker.count(isError: true, limit: 40, start)
        #expect(breaker.remaining(start) == .milliseconds(100))
        let probe = start + .milliseconds(100)
        breaker.count(isError: true, limit: 40, probe)
        #expect(breaker.remaining(probe) == .milliseconds(200))
        let second = probe + .milliseconds(200)
        breaker.succeeded(second)
        #expect(!breaker.isTripped)
    }

    @Test func openingsForErrorsAreNotCalledCrashes() throws {
        var breaker = CircuitBreaker()
        for _ in 0..<20 { breaker.count(isError: true, limit: 40, start) }
        let probe = start + .milliseconds(100)
        breaker.crashed(probe)
        guard case .crashes(let count) = breaker.cause else {
            Issue.record("\(String(describing: breaker.cause))")
            return
        }
        #expect(count == 1)
        #expect(breaker.remaining(probe) == .milliseconds(200), "the pause counts both")
    }

    @Test func errorsOfMoreThanAMinuteAgoAreForgotten() {
        var window = ErrorWindow()
        for _ in 0..<100 { window.add(isError: true, start) }
        window.add(isError: false, start + .seconds(45))
        #expect(window.calls == 101)
        window.add(isError: false, start + .seconds(80))
        #expect(window.calls == 2)
        #expect(window.percent == 0)
        window.add(isError: true, start + .minutes(10))
        #expect(window.percent == 100)
    }
}
