import FunctionModel
import InvocationStore
import Testing

/// What every store promises of records and of retention.
@Suite(.serialized)
struct RecordContractTests {
    private func record(
        _ function: FunctionName,
        _ outcome: Outcome,
        at seconds: Double,
        trigger: TriggerKind = .http
    ) -> InvocationRecord {
        var record = InvocationRecord(
            id: InvocationID(),
            function: function,
            trigger: trigger,
            attempt: 1,
            version: "abc",
            received: seconds
        )
        record.outcome = outcome
        record.status = outcome == .succeeded ? 200 : 502
        record.usage.run = .microseconds(1_234)
        record.usage.peakMemory = .kibibytes(5)
        record.log = [LogLine(time: seconds, level: "info", message: "line")]
        if outcome != .succeeded {
            let frame = StackFrame(image: "libX.so", offset: 16)
            record.error = InvocationError(kind: "k", message: "m", backtrace: [frame])
        }
        return record
    }

    @Test(arguments: StoreKind.allCases)
    func keepsRecordsWhole(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let written = record(.mail, .crashed, at: 12.25)
        try await test.store.archive([written])
        let kept = try #require(await test.store.records(of: written.id).first)
        #expect(kept.received == 12.25)
        #expect(kept.outcome == .crashed)
        #expect(kept.status == 502)
        #expect(kept.usage == written.usage)
        #expect(kept.log == written.log)
        #expect(kept.error == written.error)
        let listed = try #require(await test.store.records(RecordQuery()).elements.first)
        #expect(listed.log.isEmpty)
        #expect(listed.error?.backtrace == [])
    }

    @Test(arguments: StoreKind.allCases)
    func findsByFunctionOutcomeTriggerAndTime(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        try await test.store.archive([
            record(.mail, .succeeded, at: 1), record(.mail, .failed, at: 2),
            record(.bill, .failed, at: 3, trigger: .cron), record(.bill, .succeeded, at: 4),
        ])
        func expect(_ times: [Double], _ change: (inout RecordQuery) -> Void) async throws {
            var query = RecordQuery()
            change(&query)
            let found = try await test.store.records(query).elements.map(\.received)
            #expect(found == times)
        }
        try await expect([4, 3, 2, 1]) { _ in }
        try await expect([2, 1]) { $0.function = .mail }
        try await expect([3, 2]) { $0.outcome = .failed }
        try await expect([3]) { $0.trigger = .cron }
        try await expect([4, 3]) { $0.since = WallTime(seconds: 3) }
        try await expect([2, 1]) { $0.before = WallTime(seconds: 3) }
        try await expect([3]) { ($0.function, $0.outcome) = (.bill, .failed) }
    }

    @Test(arguments: StoreKind.allCases)
    func pagesMissNothingWhileMoreComes(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        // Several of one time, so that the cursor can't lean on the time alone.
        let all = (0..<7).map { record(.mail, .succeeded, at: Double($0 / 3)) }
        try await test.store.archive(all)
        var query = RecordQuery(limit: 2)
        var seen: [InvocationID] = []
        repeat {
            let page = try await test.store.records(query)
            seen += page.elements.map(\.id)
            query.after = page.next
            try await test.store.archive([record(.mail, .succeeded, at: 100)])
        } while query.after != nil
        #expect(Set(seen) == Set(all.map(\.id)))
        #expect(seen.count == all.count)
    }

    @Test(arguments: StoreKind.allCases)
    func anotherRecordOfAnAttemptReplacesIt(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        var one = record(.mail, .failed, at: 1)
        try await test.store.archive([one])
        one.outcome = .succeeded
        var second = one
        second.attempt = 2
        try await test.store.archive([one, second])
        let kept = try await test.store.records(of: one.id)
        #expect(kept.map(\.attempt) == [1, 2])
        #expect(kept.map(\.outcome) == [.succeeded, .succeeded])
    }

    @Test(arguments: StoreKind.allCases)
    func sweepsByAge(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let now = test.clock.now.seconds
        try await test.store.archive([
            record(.mail, .failed, at: now - 100), record(.mail, .failed, at: now),
        ])
        let done = try await test.accept(.mail)
        try await test.store.settle(try await test.claimOne(.mail).lease, .succeeded())
        let dead = try await test.accept(.mail)
        try await test.store.settle(try await test.claimOne(.mail).lease, .dead())
        let late = try await test.accept(.bill) { $0.delivery.maximumAge = .seconds(5) }
        var policy = RetentionPolicy()
        policy.recordAge = .seconds(50)
        policy.resultAge = .seconds(10)
        policy.deadLetterAge = .seconds(30)
        test.clock.advance(.seconds(10))
        let first = try await test.store.sweep(policy)
        #expect(first.records == 1)
        #expect(first.results == 1)
        #expect(first.expired == 1)
        #expect(first.deadLetters == 0)
        #expect(try await test.store.stored(done) == nil)
        #expect(try await test.state(late) == .dead(.expired))
        #expect(try await test.store.deadLetter(dead) != nil)
        test.clock.advance(.seconds(20))
        #expect(try await test.store.sweep(policy).deadLetters == 1)
        #expect(try await test.store.deadLetter(dead) == nil)
    }

    @Test(arguments: StoreKind.allCases)
    func sweepsByBytesOldestFirst(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let now = test.clock.now.seconds
        try await test.store.archive((0..<10).map { record(.mail, .failed, at: now - Double($0)) })
        var policy = RetentionPolicy()
        policy.recordBytes = ByteCount(bytes: 1_000)
        policy.batch = 4
        #expect(try await test.store.sweep(policy).isPartial)
        let left = try await test.store.records(RecordQuery()).elements.map(\.received)
        #expect(left == (0..<6).map { now - Double($0) })
        while try await test.store.sweep(policy).isPartial {}
        #expect(try await test.store.records(RecordQuery()).elements.count < 6)
    }
}
