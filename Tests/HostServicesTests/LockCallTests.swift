import FunctionModel
import NIOCore
import Testing

@testable import HostServices

struct LockCallTests {
    private let bench = ServiceBench()
    private static let minute: [HostOption: String] = [.lifetime: "60000000000"]

    private func patient(_ nanoseconds: Int64) -> [HostOption: String] {
        Self.minute.merging([.wait: "\(nanoseconds)"]) { $1 }
    }

    /// Until somebody waits for a lock.
    private func somebodyWaits() async throws {
        let end = ContinuousClock.now + .seconds(10)
        while bench.services.bells.count == 0 {
            try #require(ContinuousClock.now < end, "nobody waits")
            await Task.yield()
        }
    }

    @Test func oneAtATimeHasALock() async {
        let first = await bench.ask(.lock, "l", "", Self.minute)
        #expect(first.status == 200)
        #expect(first.expires == bench.clock.now + .seconds(60))
        #expect(await bench.ask(.lock, "l", "", Self.minute).status == 409)
        #expect(await bench.ask(.lock, "m", "", Self.minute).status == 200)
        let other = await bench.ask(.lock, "l", "", Self.minute, from: ServiceBench.bill)
        #expect(other.status == 200, "each function has its own")
        let token: [HostOption: String] = [.token: "\(first.number)"]
        #expect(await bench.ask(.unlock, "l", "", token).status == 204)
        #expect(await bench.ask(.unlock, "l", "", token).status == 410)
        let second = await bench.ask(.lock, "l", "", Self.minute)
        #expect(second.number > first.number)
    }

    @Test func whoseTimeIsOverHasLostIt() async {
        let first = await bench.ask(.lock, "l", "", Self.minute)
        bench.clock.advance(.seconds(60))
        let token: [HostOption: String] = [.token: "\(first.number)"]
        let renewal = Self.minute.merging(token) { $1 }
        #expect(await bench.ask(.renewLock, "l", "", renewal).status == 410)
        #expect(await bench.ask(.unlock, "l", "", token).status == 410)
        #expect(await bench.ask(.lock, "l", "", Self.minute).number > first.number)
    }

    @Test func aRenewalCountsFromNow() async {
        let first = await bench.ask(.lock, "l", "", Self.minute)
        bench.clock.advance(.seconds(50))
        let renewal = Self.minute.merging([.token: "\(first.number)"]) { $1 }
        let renewed = await bench.ask(.renewLock, "l", "", renewal)
        #expect(renewed.status == 200)
        #expect(renewed.number == first.number)
        #expect(renewed.expires == bench.clock.now + .seconds(60))
        #expect(renewed.undo == nil, "its holder may still work under it")
        bench.clock.advance(.seconds(50))
        #expect(await bench.ask(.lock, "l", "", Self.minute).status == 409)
    }

    @Test func whoWaitsGetsItWhenItIsReleased() async throws {
        let first = await bench.ask(.lock, "l", "", Self.minute)
        async let second = bench.ask(.lock, "l", "", patient(10_000_000_000))
        try await somebodyWaits()
        _ = await bench.ask(.unlock, "l", "", [.token: "\(first.number)"])
        let answer = await second
        #expect(answer.status == 200)
        #expect(answer.number > first.number)
    }

    @Test func whoWaitsGetsItWhenItsTimeIsOver() async throws {
        _ = await bench.ask(.lock, "l", "", Self.minute)
        async let second = bench.ask(.lock, "l", "", patient(10_000_000_000))
        try await somebodyWaits()
        bench.clock.advance(.seconds(60))
        #expect(await second.status == 200)
    }

    @Test func nobodyWaitsLongerThanAsked() async {
        _ = await bench.ask(.lock, "l", "", Self.minute)
        #expect(await bench.ask(.lock, "l", "", patient(30_000_000)).status == 409)
        #expect(bench.services.bells.count == 0)
    }

    @Test func whoGivesUpWaitingLeavesNothingBehind() async throws {
        let first = await bench.ask(.lock, "l", "", Self.minute)
        let waiting = Task { [bench] in await bench.ask(.lock, "l", "", patient(10_000_000_000)) }
        try await somebodyWaits()
        waiting.cancel()
        #expect(await waiting.value.status == 409)
        #expect(bench.services.bells.count == 0)
        _ = await bench.ask(.unlock, "l", "", [.token: "\(first.number)"])
        #expect(await bench.ask(.lock, "l", "", Self.minute).status == 200)
    }

    @Test func aGrantThatNobodyHearsOfIsGivenBack() async throws {
        let first = await bench.ask(.lock, "l", "", Self.minute)
        let undo = try #require(first.undo)
        await undo()
        #expect(await bench.ask(.lock, "l", "", Self.minute).status == 200)
    }

    @Test(
        arguments: [
            [:], [.lifetime: "0"], [.lifetime: "-5"], [.lifetime: "86400000000001"],
            [.lifetime: "soon"],
        ] as [[HostOption: String]]
    )
    func refusesAnImpossibleTime(options: [HostOption: String]) async {
        #expect(await bench.ask(.lock, "l", "", options).status == 400)
    }
}
