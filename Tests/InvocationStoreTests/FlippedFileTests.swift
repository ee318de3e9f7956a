import Foundation
import FunctionModel
import NIOCore
import SeededRandom
import Testing

@testable import InvocationStore

/// One bit of the file flips, anywhere: what is read is right, or an error, or the check finds why.
@Suite(.serialized)
struct FlippedFileTests {
    private static let rounds =
        ProcessInfo.processInfo.environment["ROOST_TEST_ROUNDS"].flatMap(Int.init) ?? 100

    private let clock = ManualClock()
    private let scope = StateScope.function(.mail)

    private func open(_ path: String) throws -> SQLiteStore {
        let clock = clock
        return try SQLiteStore(path: path) { clock.now }
    }

    private func body(_ number: Int) -> ByteBuffer {
        ByteBuffer(string: String(repeating: "\(number) ", count: 20 + number * 15))
    }

    /// Fills a file and returns what it holds.
    private func fill(_ path: String) async throws -> [InvocationID] {
        let store = try open(path)
        let all = (0..<60).map { QueuedInvocation(function: .mail, body: body($0)) }
        _ = try await store.enqueue(all, bounds: QueueBounds(), allOrNone: false)
        for number in 0..<60 {
            let value = StateValue(body(number))
            _ = try await store.put(value, under: "\(number)", in: scope, if: .any)
        }
        try await store.close()
        return all.map(\.id)
    }

    @Test func noFlippedBitIsTakenForAValue() async throws {
        let whole = try Scratch()
        let ids = try await fill(whole.file)
        let bytes = try #require(FileManager.default.contents(atPath: whole.file))
        var told = 0
        var harmless = 0
        for seed in 1...UInt64(Self.rounds) {
            var generator = SeededGenerator(seed: seed)
            let scratch = try Scratch()
            var damaged = bytes
            let at = Int.random(in: damaged.indices, using: &generator)
            damaged[at] ^= 1 << UInt8.random(in: 0...7, using: &generator)
            try damaged.write(to: URL(filePath: scratch.file))
            switch try await read(scratch.file, ids) {
            case .right: harmless += 1
            case .told: told += 1
            case .silent(let what): Issue.record("seed \(seed), byte \(at): \(what)")
            }
        }
        #expect(told > 0)
        print("\(Self.rounds) flipped bits: \(told) told, \(harmless) where nothing lies")
    }

    private enum Finding {
        case right
        case told
        case silent(String)
    }

    /// Opens a damaged file and reads everything that should be in it.
    private func read(_ path: String, _ ids: [InvocationID]) async throws -> Finding {
        let store: SQLiteStore
        do { store = try open(path) } catch { return .told }
        var isTold = false
        var missing: String?
        for (number, id) in ids.enumerated() {
            do {
                let entry = try await store.read { try $0.entry(id)?.checked() }
                let payload = try await store.read { session in
                    try entry.map { try Payload.fetch(session.database, of: $0).body }
                }
                let value = try await store.value("\(number)", in: scope)?.value
                for read in [payload, value] where read != body(number) {
                    guard read == nil else { return .silent("\(number) was read wrong") }
                    missing = "\(number) is missing, and the check finds nothing"
                }
            } catch { isTold = true }
        }
        var findings: [String]
        do { findings = try await store.damage() } catch { findings = ["\(error)"] }
        do { try await store.close() } catch { findings.append("\(error)") }
        if isTold || !findings.isEmpty { return .told }
        return missing.map { .silent($0) } ?? .right
    }
}
