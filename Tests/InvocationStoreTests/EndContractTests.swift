import Foundation
import FunctionModel
import NIOCore
import Synchronization
import Testing

/// What every store tells of ends.
@Suite(.serialized)
struct EndContractTests {
    /// Notes what it hears.
    private final class Listener: Sendable {
        let heard = Mutex<[StoredEnd]>([])

        init(_ store: any DurableStore) {
            store.observeEnds { [weak self] ends in self?.heard.withLock { $0 += ends } }
        }

        /// What it has heard since it was asked last.
        func take() -> [StoredEnd] {
            heard.withLock { heard in
                defer { heard = [] }
                return heard
            }
        }
    }

    /// The closure that is told was once wrapped anew at every commit.
    @Test(arguments: StoreKind.allCases)
    func tellingTakesNoLongerWayAfterManyEnds(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let depths = Mutex<[Int]>([])
        test.store.observeEnds { _ in
            depths.withLock { $0.append(Thread.callStackReturnAddresses.count) }
        }
        for _ in 0..<20 {
            _ = try await test.accept(.mail)
            try await test.store.settle(try await test.claimOne(.mail).lease, .succeeded())
        }
        let (first, last) = depths.withLock { ($0.first, $0.last) }
        // How a call got there differs by a few frames, not by two for each end.
        #expect(try #require(last) < (try #require(first)) + 10)
    }

    private func end(_ id: InvocationID, _ end: Settlement.End) -> [StoredEnd] {
        [StoredEnd(id: id, function: .mail, end: end)]
    }

    @Test(arguments: StoreKind.allCases)
    func tellsOfEachEndOnceWhoeverDecidesIt(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let store = test.store
        let listener = Listener(store)

        let settled = try await test.accept(.mail)
        try await store.settle(try await test.claimOne(.mail).lease, .succeeded())
        #expect(listener.take() == end(settled, .succeeded))

        let waiting = try await test.accept(.mail)
        _ = try await store.cancel(waiting)
        #expect(listener.take() == end(waiting, .cancelled))

        let used = try await test.accept(.mail) { $0.delivery.maximumAttempts = 1 }
        let last = try await test.claimOne(.mail).lease
        #expect(listener.take() == [])
        _ = try await store.conclude([LeaseEnd(last, .release(Release()))])
        #expect(listener.take() == end(used, .dead(.attemptsExhausted)))

        let stopped = try await test.accept(.mail)
        let lease = try await test.claimOne(.mail).lease
        _ = try await store.cancel(stopped)
        try await store.release(lease, Release())
        #expect(listener.take() == end(stopped, .cancelled))

        let lost = try await test.accept(.mail) { $0.delivery.maximumAttempts = 1 }
        _ = try await test.claimOne(.mail)
        test.clock.advance(.seconds(30))
        _ = try await test.claim(.mail)
        #expect(listener.take() == end(lost, .dead(.lost)))

        let late = try await test.accept(.mail) { $0.delivery.maximumAge = .seconds(1) }
        test.clock.advance(.seconds(1))
        _ = try await store.sweep(RetentionPolicy())
        #expect(listener.take() == end(late, .dead(.expired)))
    }

    @Test(arguments: StoreKind.allCases)
    func aRecoveryTellsOfWhatWasCancelled(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let listener = Listener(test.store)
        let id = try await test.accept(.mail)
        _ = try await test.claimOne(.mail)
        _ = try await test.store.cancel(id)
        _ = try await test.store.recover(holder: "host")
        #expect(listener.take() == end(id, .cancelled))
    }
}
