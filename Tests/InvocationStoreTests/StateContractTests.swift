import FunctionModel
import InvocationStore
import NIOCore
import Testing

/// What every store promises of values and locks.
@Suite(.serialized)
struct StateContractTests {
    private let scope = StateScope.function(.mail)

    private func bytes(_ text: String) -> StateValue { StateValue(ByteBuffer(string: text)) }

    private func version(_ verdict: StateVerdict) throws -> Int64 {
        guard case .written(let version) = verdict else { throw StoreError.staleLease }
        return version
    }

    @Test(arguments: StoreKind.allCases)
    func keepsAndRemovesValues(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let verdict = try await test.store.put(bytes("a"), under: "k", in: scope, if: .any)
        let entry = try #require(await test.store.value("k", in: scope))
        #expect(entry.value == ByteBuffer(string: "a"))
        #expect(verdict == .written(version: entry.version))
        #expect(try await test.store.value("k", in: .function(.bill)) == nil)
        #expect(try await test.store.value("k", in: .host("k")) == nil)
        let removed = try await test.store.remove("k", in: scope, if: .any)
        #expect(removed == .written(version: entry.version))
        #expect(try await test.store.remove("k", in: scope, if: .any) == .written(version: 0))
        #expect(try await test.store.value("k", in: scope) == nil)
    }

    @Test(arguments: StoreKind.allCases)
    func comparesBeforeItSets(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let store = test.store
        let first = try version(await store.put(bytes("1"), under: "k", in: scope, if: .absent))
        #expect(
            try await store.put(bytes("2"), under: "k", in: scope, if: .absent)
                == .conflict(version: first)
        )
        let second = try version(
            await store.put(bytes("2"), under: "k", in: scope, if: .version(first))
        )
        #expect(second != first)
        #expect(
            try await store.put(bytes("3"), under: "k", in: scope, if: .version(first))
                == .conflict(version: second)
        )
        #expect(
            try await store.remove("k", in: scope, if: .version(first))
                == .conflict(version: second)
        )
        _ = try await store.remove("k", in: scope, if: .version(second))
        let third = try version(await store.put(bytes("1"), under: "k", in: scope, if: .any))
        #expect(third > second, "a version never comes back")
        #expect(
            try await store.put(bytes("x"), under: "none", in: scope, if: .version(first))
                == .conflict(version: nil)
        )
    }

    @Test(arguments: StoreKind.allCases)
    func keepsValuesTogetherWithinTheirBounds(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let store = test.store
        let bounds = StateBounds(bytes: ByteCount(bytes: 10), entries: 3)
        func put(_ key: String, _ value: StateValue) async -> Bool {
            do throws(StoreError) {
                _ = try await store.put(value, under: key, in: scope, if: .any, within: bounds)
                return true
            } catch {
                if case .tooLarge = error { return false }
                Issue.record(error)
                return false
            }
        }
        #expect(await put("a", bytes("12345")))
        #expect(await !put("b", bytes("1234")))
        #expect(await put("a", bytes("123456789")), "only what is new counts")
        #expect(await put("a", bytes("1")))
        let brief = StateValue(
            ByteBuffer(string: "1234567"),
            expires: test.clock.now + .seconds(1)
        )
        #expect(await put("b", brief))
        #expect(await !put("c", bytes("")))
        test.clock.advance(.seconds(1))
        #expect(await put("c", bytes("1234567")), "what has expired doesn't count")
        _ = try await store.remove("c", in: scope, if: .any)
        for key in ["b", "c"] { #expect(await put(key, bytes(""))) }
        #expect(await !put("d", bytes("")))
        _ = try await store.put(bytes("1234567890"), under: "d", in: scope, if: .any)
    }

    @Test(arguments: StoreKind.allCases)
    func countsWithoutLosingAny(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let (store, scope) = (test.store, scope)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    do { for _ in 0..<10 { try await Self.increment("n", scope, store) } } catch {
                        Issue.record(error)
                    }
                }
            }
        }
        let entry = try #require(await store.value("n", in: scope))
        #expect(String(buffer: entry.value) == "80")
    }

    private static func increment(
        _ key: String,
        _ scope: StateScope,
        _ store: any DurableStore
    ) async throws {
        while true {
            let entry = try await store.value(key, in: scope)
            let count = entry.flatMap { Int(String(buffer: $0.value)) } ?? 0
            let verdict = try await store.put(
                StateValue(ByteBuffer(string: "\(count + 1)")),
                under: key,
                in: scope,
                if: entry.map { .version($0.version) } ?? .absent
            )
            if case .written = verdict { return }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func valuesExpire(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        var value = bytes("a")
        value.expires = test.clock.now + .seconds(10)
        _ = try await test.store.put(value, under: "k", in: scope, if: .any)
        test.clock.advance(.seconds(10))
        #expect(try await test.store.value("k", in: scope) == nil)
        let page = try await test.store.values(prefix: "", in: scope, after: nil, limit: 10)
        #expect(page.elements.isEmpty)
        let verdict = try await test.store.put(bytes("b"), under: "k", in: scope, if: .absent)
        #expect(try version(verdict) > 0)
        _ = try await test.store.put(value, under: "l", in: scope, if: .any)
        #expect(try await test.store.sweep(RetentionPolicy()).state == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func listsByPrefixInOrderOfBytes(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        for key in ["b/é", "a", "b/z", "b/Z", "b/1", "b%", "c"] {
            _ = try await test.store.put(bytes(key), under: key, in: scope, if: .any)
        }
        var seen: [String] = []
        var after: PageCursor?
        repeat {
            let page = try await test.store.values(prefix: "b/", in: scope, after: after, limit: 2)
            seen += page.elements.map(\.key)
            after = page.next
        } while after != nil
        #expect(seen == ["b/1", "b/Z", "b/z", "b/é"])
    }

    @Test(arguments: StoreKind.allCases)
    func refusesWhatIsTooLarge(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let large = StateValue(ByteBuffer(repeating: 1, count: 2 << 20))
        let error = await #expect(throws: StoreError.self) {
            _ = try await test.store.put(large, under: "k", in: scope, if: .any)
        }
        guard case .tooLarge = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(arguments: StoreKind.allCases)
    func onlyOneHasALock(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let store = test.store
        let first = try #require(await store.lock("l", in: scope, for: .seconds(10)))
        #expect(try await store.lock("l", in: scope, for: .seconds(10)) == nil)
        #expect(try await store.lock("l", in: .function(.bill), for: .seconds(10)) != nil)
        test.clock.advance(.seconds(9))
        let renewed = try await store.renew(first, for: .seconds(10))
        test.clock.advance(.seconds(9))
        #expect(try await store.lock("l", in: scope, for: .seconds(10)) == nil)
        try await store.unlock(renewed)
        let second = try #require(await store.lock("l", in: scope, for: .seconds(10)))
        #expect(second.token > first.token)
    }

    @Test(arguments: StoreKind.allCases)
    func aLockThatRanOutIsLost(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let store = test.store
        let first = try #require(await store.lock("l", in: scope, for: .seconds(10)))
        test.clock.advance(.seconds(10))
        await #expect(throws: StoreError.staleLease) {
            _ = try await store.renew(first, for: .seconds(10))
        }
        let second = try #require(await store.lock("l", in: scope, for: .seconds(10)))
        #expect(second.token > first.token)
        await #expect(throws: StoreError.staleLease) { try await store.unlock(first) }
        #expect(try await store.lock("l", in: scope, for: .seconds(10)) == nil)
    }
}
