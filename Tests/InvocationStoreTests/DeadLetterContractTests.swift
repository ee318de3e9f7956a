import FunctionModel
import InvocationStore
import NIOCore
import Testing

/// What every store promises of dead letters.
@Suite(.serialized)
struct DeadLetterContractTests {
    /// Queues, claims and gives up so many, in their order.
    private func giveUp(
        _ count: Int,
        _ function: FunctionName,
        _ test: StoreUnderTest
    ) async throws -> [InvocationID] {
        var ids: [InvocationID] = []
        for number in 0..<count {
            ids.append(try await test.accept(function, "payload \(number)"))
            let lease = try await test.claimOne(function).lease
            try await test.store.settle(lease, .dead(.permanent))
        }
        return ids
    }

    @Test(arguments: StoreKind.allCases)
    func keepsReasonErrorAttemptsAndPayload(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let ids = try await giveUp(1, .mail, test)
        let page = try await test.store.deadLetters(function: nil, after: nil, limit: 10)
        #expect(page.elements.map(\.id) == ids)
        #expect(page.elements[0].invocation == nil, "lists carry no payloads")
        let letter = try #require(await test.store.deadLetter(ids[0]))
        #expect(letter.reason == .permanent)
        #expect(letter.attempts == 1)
        #expect(letter.error?.kind == "Broken")
        #expect(letter.ended == test.clock.now)
        #expect(letter.invocation.map { String(buffer: $0.body) } == "payload 0")
    }

    @Test(arguments: StoreKind.allCases)
    func listsByFunctionPageByPage(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let mail = try await giveUp(5, .mail, test)
        _ = try await giveUp(2, .bill, test)
        var seen: [InvocationID] = []
        var after: PageCursor?
        repeat {
            let page = try await test.store.deadLetters(function: .mail, after: after, limit: 2)
            #expect(page.elements.count <= 2)
            seen += page.elements.map(\.id)
            after = page.next
        } while after != nil
        #expect(seen == mail)
        #expect(try await test.store.depths()[.bill]?.dead == 2)
    }

    @Test(arguments: StoreKind.allCases)
    func redrivenOnesCountTheirAttemptsOn(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let ids = try await giveUp(2, .mail, test)
        let count = try await test.store.redrive(.ids([ids[0]]), Redrive(attempts: 2))
        #expect(count == 1)
        let claimed = try await test.claimOne(.mail)
        #expect(claimed.invocation.id == ids[0])
        #expect(claimed.attempt == 2)
        #expect(claimed.attemptLimit == 3)
        #expect(String(buffer: claimed.invocation.body) == "payload 0")
        #expect(try await test.store.stored(ids[0])?.result == nil)
        try await test.store.settle(claimed.lease, .succeeded())
        #expect(try await test.store.redrive(.ids([ids[0]]), Redrive()) == 0)
    }

    @Test(arguments: StoreKind.allCases)
    func redrivesAtARate(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let ids = try await giveUp(3, .mail, test)
        _ = try await giveUp(1, .bill, test)
        let redrive = Redrive(limit: 100, spacing: .seconds(10))
        #expect(try await test.store.redrive(.function(.mail), redrive) == 3)
        for id in ids {
            #expect(try await test.claim(.mail).claimed.map(\.invocation.id) == [id])
            test.clock.advance(.seconds(10))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func purgesForGood(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let ids = try await giveUp(3, .mail, test)
        #expect(try await test.store.purge(.ids([ids[1]]), limit: 10) == 1)
        #expect(try await test.store.deadLetter(ids[1]) == nil)
        #expect(try await test.store.stored(ids[1]) == nil)
        #expect(try await test.store.purge(.all, limit: 1) == 1)
        #expect(try await test.store.purge(.all, limit: 10) == 1)
        #expect(try await test.store.depths().isEmpty)
    }

    @Test(arguments: StoreKind.allCases)
    func aRedrivenOneWaitsForItsOrderingKey(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let first = try await test.accept(.mail) { $0.delivery.orderingKey = "k" }
        try await test.store.settle(try await test.claimOne(.mail).lease, .dead())
        let second = try await test.accept(.mail) { $0.delivery.orderingKey = "k" }
        let running = try await test.claimOne(.mail)
        #expect(running.invocation.id == second)
        #expect(try await test.store.redrive(.all, Redrive()) == 1)
        #expect(try await test.claim(.mail).claimed.isEmpty)
        try await test.store.settle(running.lease, .succeeded())
        #expect(try await test.claimOne(.mail).invocation.id == first)
    }
}
