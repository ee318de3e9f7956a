import Foundation
import FunctionModel
import InvocationStore
import NIOCore
import Synchronization
import Testing

/// A clock that stands until a test moves it.
final class ManualClock: Sendable {
    private let time = Mutex(WallTime(seconds: 1_000_000))

    var now: WallTime { time.withLock { $0 } }

    func advance(_ duration: Duration) { time.withLock { $0 = $0 + duration } }
}

/// A directory that goes away with the test.
final class Scratch: Sendable {
    let path: String

    init() throws {
        var template = Array(
            (FileManager.default.temporaryDirectory.path + "/roost-store-XXXXXX").utf8CString
        )
        let made = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        path = try #require(made)
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch {
            print("left behind: \(path): \(error)")
        }
    }

    var file: String { path + "/roost.sqlite" }
}

/// The implementations that keep the contract.
enum StoreKind: String, CaseIterable, Sendable {
    case sqlite
    case memory
}

/// A new store with a clock in the test's hands.
struct StoreUnderTest: Sendable {
    let clock = ManualClock()
    let store: any DurableStore
    private let scratch: Scratch?

    init(_ kind: StoreKind) throws {
        let clock = clock
        switch kind {
        case .sqlite:
            let scratch = try Scratch()
            self.scratch = scratch
            store = try Stores.file(scratch.file) { clock.now }
        case .memory:
            scratch = nil
            store = Stores.memory { clock.now }
        }
    }

    /// Queues one invocation that must be accepted.
    @discardableResult
    func accept(
        _ function: FunctionName,
        _ body: String = "payload",
        _ change: (inout QueuedInvocation) -> Void = { _ in }
    ) async throws -> InvocationID {
        var invocation = QueuedInvocation(function: function, body: ByteBuffer(string: body))
        change(&invocation)
        let verdicts = try await store.enqueue(
            [invocation],
            bounds: QueueBounds(),
            allOrNone: false
        )
        try #require(verdicts == [.accepted])
        return invocation.id
    }

    func claim(
        _ functions: FunctionName...,
        limit: Int = 32,
        lease: Duration = .seconds(30),
        holder: String = "host"
    ) async throws -> ClaimReport {
        let allowance = ClaimAllowance(count: limit, lease: lease)
        let allowances = Dictionary(uniqueKeysWithValues: functions.map { ($0, allowance) })
        return try await store.claim(
            ClaimRequest(holder: holder, limit: limit, allowances: allowances)
        )
    }

    /// Claims the only thing there is to claim.
    func claimOne(_ function: FunctionName) async throws -> ClaimedInvocation {
        let report = try await claim(function)
        try #require(report.claimed.count == 1)
        return report.claimed[0]
    }

    func state(_ id: InvocationID) async throws -> StoredInvocation.State {
        try #require(await store.stored(id)).state
    }
}

extension FunctionName {
    static let mail = Self.named("shop.mail")
    static let bill = Self.named("shop.bill")
    static let other = Self.named("tools.other")

    static func named(_ text: String) -> FunctionName {
        do { return try FunctionName(text) } catch { preconditionFailure("\(error)") }
    }
}

extension Settlement {
    static func succeeded(_ body: String = "done") -> Settlement {
        Settlement(
            .succeeded,
            result: InvocationResult(
                outcome: .succeeded,
                head: ResponseHead(status: 200, contentType: "text/plain"),
                body: ByteBuffer(string: body)
            )
        )
    }

    static func dead(_ reason: DeadReason = .attemptsExhausted) -> Settlement {
        Settlement(.dead(reason), result: .broken)
    }
}

extension InvocationResult {
    static let broken = InvocationResult(
        outcome: .failed,
        error: InvocationError(kind: "Broken", message: "it broke", retryable: true)
    )
}
