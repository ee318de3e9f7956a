import FunctionModel
import InvocationStore
import NIOCore
import Testing

/// What every store promises of its queue.
@Suite(.serialized)
struct QueueContractTests {
    @Test(arguments: StoreKind.allCases)
    func givesBackWhatWasQueued(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        var wanted = QueuedInvocation(function: .mail, body: ByteBuffer(string: "hello"))
        wanted.contentType = "text/plain"
        wanted.trigger = .event
        wanted.depth = 3
        wanted.http = HTTPRequestHead(
            method: "POST",
            path: "/mail",
            query: "a=b",
            headers: [Field("x-y", "z")]
        )
        wanted.event = CloudEventAttributes(id: "1", source: "/s", type: "t")
        wanted.delivery.priority = 7
        wanted.delivery.orderingKey = "k"
        wanted.delivery.callback = "https://example.org/"
        wanted.delivery.onSuccess = .function(.bill)
        wanted.delivery.onFailure = .event(type: "failed")
        wanted.delivery.timeout = .milliseconds(1_500)
        wanted.trace = wanted.trace.next()
        _ = try await test.store.enqueue([wanted], bounds: QueueBounds(), allOrNone: false)
        let claimed = try await test.claimOne(.mail)
        #expect(claimed.invocation == wanted)
        #expect(claimed.attempt == 1)
        #expect(claimed.attemptLimit == 3)
        #expect(claimed.received == test.clock.now)
    }

    @Test(arguments: StoreKind.allCases)
    func acceptsAnIdOnce(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let one = QueuedInvocation(function: .mail)
        let verdicts = try await test.store.enqueue(
            [one, one],
            bounds: QueueBounds(),
            allOrNone: false
        )
        #expect(verdicts == [.accepted, .joined(one.id)])
        #expect(try await test.claim(.mail).claimed.count == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func claimsInOrderOfPriorityThenArrival(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        for (name, priority) in [("a", 0), ("b", 5), ("c", 0), ("d", 5), ("e", -1)] {
            try await test.accept(.mail, name) { $0.delivery.priority = priority }
        }
        let names = try await test.claim(.mail).claimed.map { String(buffer: $0.invocation.body) }
        #expect(names == ["b", "d", "a", "c", "e"])
    }

    @Test(arguments: StoreKind.allCases)
    func claimsOnlyWhatIsAllowed(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        for _ in 0..<5 { try await test.accept(.mail) }
        try await test.accept(.bill)
        let request = ClaimRequest(
            holder: "host",
            allowances: [.mail: ClaimAllowance(count: 2, lease: .seconds(1))]
        )
        let report = try await test.store.claim(request)
        #expect(report.claimed.map(\.invocation.function) == [.mail, .mail])
        let depths = try await test.store.depths()
        #expect(depths[.mail] == QueueDepth(waiting: 3, running: 2))
        #expect(depths[.bill] == QueueDepth(waiting: 1))
    }

    @Test(arguments: StoreKind.allCases)
    func refusesWhatIsTooMuch(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let bounds = QueueBounds(perFunction: 2, total: 3)
        func one(_ function: FunctionName) -> QueuedInvocation {
            QueuedInvocation(function: function)
        }
        let verdicts = try await test.store.enqueue(
            [one(.mail), one(.mail), one(.mail), one(.bill), one(.bill)],
            bounds: bounds,
            allOrNone: false
        )
        #expect(verdicts == [.accepted, .accepted, .queueFull, .accepted, .queueFull])
        _ = try await test.claim(.mail, limit: 1)
        let again = try await test.store.enqueue([one(.mail)], bounds: bounds, allOrNone: false)
        #expect(again == [.accepted])
    }

    @Test(arguments: StoreKind.allCases)
    func takesABatchWholeOrNotAtAll(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let bounds = QueueBounds(perFunction: 2, total: 10)
        let batch = [FunctionName.bill, .mail, .mail, .mail].map { QueuedInvocation(function: $0) }
        let refused = try await test.store.enqueue(batch, bounds: bounds, allOrNone: true)
        #expect(refused == [.withheld, .withheld, .withheld, .queueFull])
        #expect(try await test.store.depths().isEmpty)
        let taken = try await test.store.enqueue(
            Array(batch.prefix(3)),
            bounds: bounds,
            allOrNone: true
        )
        #expect(taken == [.accepted, .accepted, .accepted])
    }

    @Test(arguments: StoreKind.allCases)
    func startsNothingBeforeItsTime(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let time = test.clock.now + .seconds(60)
        let id = try await test.accept(.mail) { $0.delivery.notBefore = time }
        let early = try await test.claim(.mail)
        #expect(early.claimed.isEmpty)
        #expect(early.nextDue == time)
        #expect(try await test.state(id) == .waiting(notBefore: time))
        test.clock.advance(.seconds(60))
        #expect(try await test.claim(.mail).claimed.map(\.invocation.id) == [id])
    }

    @Test(arguments: StoreKind.allCases)
    func startsNothingAfterItsTime(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let old = try await test.accept(.mail) { $0.delivery.maximumAge = .seconds(10) }
        let late = try await test.accept(.mail) {
            $0.delivery.deadline = test.clock.now + .seconds(5)
        }
        test.clock.advance(.seconds(10))
        let report = try await test.claim(.mail)
        #expect(report.claimed.isEmpty)
        #expect(report.dead == [old: .expired, late: .expired])
        #expect(try await test.state(old) == .dead(.expired))
    }

    @Test(arguments: StoreKind.allCases)
    func runsOneAtATimeOfAnOrderingKey(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        var ids: [InvocationID] = []
        for name in ["1", "2", "3"] {
            // A later one with a higher priority still waits for its turn.
            ids.append(
                try await test.accept(.mail, name) {
                    $0.delivery.orderingKey = "customer"
                    $0.delivery.priority = Int(name) ?? 0
                }
            )
        }
        let free = try await test.accept(.mail) { $0.delivery.orderingKey = "somebody else" }
        let first = try await test.claim(.mail).claimed
        #expect(Set(first.map(\.invocation.id)) == [ids[0], free])
        let lease = try #require(first.first { $0.invocation.id == ids[0] }).lease
        let later = test.clock.now + .seconds(5)
        try await test.store.release(lease, Release(notBefore: later))
        #expect(try await test.claim(.mail).claimed.isEmpty, "the key waits with its first")
        test.clock.advance(.seconds(5))
        let again = try await test.claimOne(.mail)
        #expect(again.invocation.id == ids[0])
        try await test.store.settle(again.lease, .succeeded())
        let second = try await test.claimOne(.mail)
        #expect(second.invocation.id == ids[1])
        try await test.store.settle(second.lease, .dead())
        #expect(try await test.claimOne(.mail).invocation.id == ids[2])
    }

    @Test(arguments: StoreKind.allCases)
    func aCancelledHeadLetsItsKeyGo(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let first = try await test.accept(.mail) { $0.delivery.orderingKey = "k" }
        let second = try await test.accept(.mail) { $0.delivery.orderingKey = "k" }
        let third = try await test.accept(.mail) { $0.delivery.orderingKey = "k" }
        #expect(try await test.store.cancel(second) == .cancelled)
        #expect(try await test.store.cancel(first) == .cancelled)
        #expect(try await test.claimOne(.mail).invocation.id == third)
    }

    @Test(arguments: StoreKind.allCases)
    func noFunctionTakesMoreThanItsShare(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let flood = (0..<200).map { _ in QueuedInvocation(function: .mail) }
        _ = try await test.store.enqueue(flood, bounds: QueueBounds(), allOrNone: false)
        for _ in 0..<20 { try await test.accept(.bill) }
        for _ in 0..<3 { try await test.accept(.other) }
        let report = try await test.claim(.mail, .bill, .other, limit: 30)
        let taken = Dictionary(grouping: report.claimed, by: \.invocation.function)
            .mapValues(\.count)
        #expect(report.claimed.count == 30)
        #expect(taken[.other] == 3)
        #expect(taken[.bill, default: 0] >= 13)
        #expect(taken[.mail, default: 0] <= 20)
    }
}
