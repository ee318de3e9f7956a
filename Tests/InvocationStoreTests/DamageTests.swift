import Foundation
import FunctionModel
import GRDB
import NIOCore
import SeededRandom
import Testing

@testable import InvocationStore

/// Bits that flip where they lie: told, never silently taken.
@Suite(.serialized)
struct DamageTests {
    private let clock = ManualClock()

    private func open(_ path: String) throws -> SQLiteStore {
        let clock = clock
        return try SQLiteStore(path: path) { clock.now }
    }

    /// A column that a test damages, and the table it is in.
    struct Place: Sendable, CustomTestStringConvertible {
        var table: String
        var column: String
        var testDescription: String { "\(table).\(column)" }

        init(_ table: String, _ column: String) {
            self.table = table
            self.column = column
        }
    }

    static let payload = ["trigger", "contentType", "trace", "depth", "body", "head"]
        .map { Place("payloads", $0) }
    static let delivery = [
        "function", "priority", "received", "attempt", "attemptLimit", "token", "due", "expires",
        "digest", "seal",
    ].map { Place("entries", $0) }
    static let record = [
        "function", "trigger", "version", "received", "outcome", "usage", "error", "log",
    ].map { Place("records", $0) }
    static let result = ["outcome", "status", "contentType", "body"].map { Place("results", $0) }
    static let key = ["fingerprint", "id", "expires", "stage", "digest"].map { Place("keys", $0) }
    static let state = ["value", "version", "digest"].map { Place("state", $0) }
    static let file = [
        "watch", "directory", "name", "device", "inode", "size", "modified", "changed", "state",
        "kind",
        "isPresent", "isChangedAgain", "generation", "rank", "invocation", "action", "succeeded",
        "found", "ended", "note", "digest",
    ].map { Place("files", $0) }

    /// Changes one bit of the value in every row of a column.
    private func damage(_ place: Place, _ path: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { database in
            let values = try Row.fetchAll(
                database,
                sql: "select \(place.column) as value from \(place.table)"
            )
            try #require(!values.isEmpty)
            let before: DatabaseValue = try #require(values.first)["value"]
            let after: DatabaseValue
            switch before.storage {
            case .int64(let number): after = (number ^ 2).databaseValue
            case .string(let text): after = Self.flipped(Data(text.utf8)).text.databaseValue
            case .blob(let data): after = Self.flipped(data).databaseValue
            case .double, .null: after = 1.databaseValue
            }
            try database.execute(
                sql: "update \(place.table) set \(place.column) = ?",
                arguments: [after]
            )
        }
        try queue.close()
    }

    private static func flipped(_ data: Data) -> Data {
        var data = data
        if data.isEmpty { data.append(1) } else { data[data.count - 1] ^= 1 }
        return data
    }

    @Test(arguments: payload + delivery)
    func aDamagedInvocationNeverRuns(place: Place) async throws {
        let scratch = try Scratch()
        var store = try open(scratch.file)
        var one = QueuedInvocation(function: .mail, body: ByteBuffer(string: "payload"))
        one.http = HTTPRequestHead(method: "POST", path: "/mail", query: "", headers: [])
        _ = try await store.enqueue([one], bounds: QueueBounds(), allOrNone: false)
        try await store.close()
        try damage(place, scratch.file)
        store = try open(scratch.file)
        #expect(try await !store.damage().isEmpty)
        let allowance = ClaimAllowance(count: 9, lease: .seconds(1))
        // The second is what the first becomes by the flipped bit.
        let allowances = [FunctionName.mail: allowance, .named("shop.maim"): allowance]
        let report = try await store.claim(ClaimRequest(holder: "host", allowances: allowances))
        #expect(report.claimed.isEmpty)
        if place.table == "payloads" {
            #expect(report.dead == [one.id: .corrupt])
            #expect(try await store.deadLetter(one.id)?.reason == .corrupt)
            #expect(try await store.redrive(.all, Redrive()) == 0)
        }
        try await store.close()
    }

    @Test(arguments: delivery)
    func aDamagedStandingIsTold(place: Place) async throws {
        let scratch = try Scratch()
        var store = try open(scratch.file)
        let one = QueuedInvocation(function: .mail)
        _ = try await store.enqueue([one], bounds: QueueBounds(), allOrNone: false)
        try await store.close()
        try damage(place, scratch.file)
        store = try open(scratch.file)
        try await expectCorrupt { _ = try await store.stored(one.id) }
        try await expectCorrupt { _ = try await store.cancel(one.id) }
        try await store.close()
    }

    @Test(arguments: result)
    func aDamagedResultIsTold(place: Place) async throws {
        let scratch = try Scratch()
        var store = try open(scratch.file)
        let one = QueuedInvocation(function: .mail)
        _ = try await store.enqueue([one], bounds: QueueBounds(), allOrNone: false)
        let allowance = ClaimAllowance(count: 9, lease: .seconds(1))
        let request = ClaimRequest(holder: "host", allowances: [.mail: allowance])
        let claimed = try #require(await store.claim(request).claimed.first)
        try await store.settle(claimed.lease, .succeeded())
        try await store.close()
        try damage(place, scratch.file)
        store = try open(scratch.file)
        #expect(try await !store.damage().isEmpty)
        try await expectCorrupt { _ = try await store.stored(one.id) }
        try await store.close()
    }

    @Test(arguments: record)
    func aDamagedRecordIsTold(place: Place) async throws {
        let scratch = try Scratch()
        var store = try open(scratch.file)
        var record = InvocationRecord(
            id: InvocationID(),
            function: .mail,
            trigger: .http,
            attempt: 1,
            version: "abc",
            received: 1_000
        )
        record.outcome = .failed
        record.error = InvocationError(kind: "k", message: "m")
        record.log = [LogLine(time: 1, level: "info", message: "line")]
        try await store.archive([record])
        try await store.close()
        try damage(place, scratch.file)
        store = try open(scratch.file)
        #expect(try await !store.damage().isEmpty)
        let id = record.id
        try await expectCorrupt { _ = try await store.records(of: id) }
        try await store.close()
    }

    @Test(arguments: state)
    func aDamagedValueIsTold(place: Place) async throws {
        let scratch = try Scratch()
        var store = try open(scratch.file)
        let scope = StateScope.function(.mail)
        let value = StateValue(ByteBuffer(string: "value"))
        _ = try await store.put(value, under: "k", in: scope, if: .any)
        try await store.close()
        try damage(place, scratch.file)
        store = try open(scratch.file)
        #expect(try await !store.damage().isEmpty)
        try await expectCorrupt { _ = try await store.value("k", in: scope) }
        try await store.close()
    }

    @Test(arguments: key)
    func aDamagedKeyIsTold(place: Place) async throws {
        let scratch = try Scratch()
        var store = try open(scratch.file)
        let key = IdempotencyKey(function: .mail, caller: "somebody", key: "k")
        let claim = IdempotencyClaim(
            key: key,
            fingerprint: "print",
            expires: clock.now + .seconds(60)
        )
        _ = try await store.begin(claim, for: InvocationID())
        try await store.close()
        try damage(place, scratch.file)
        store = try open(scratch.file)
        #expect(try await !store.damage().isEmpty)
        try await expectCorrupt { _ = try await store.look(claim) }
        try await store.close()
    }

    @Test(arguments: file)
    func aDamagedFileIsToldAndCountsAsNeverSeen(place: Place) async throws {
        let scratch = try Scratch()
        var store = try open(scratch.file)
        let watch = try await store.openWatch(of: .mail, on: Array("/srv".utf8)).id
        let path = FilePath(Array("in/a".utf8))
        let facts = FileFacts(device: 1, inode: 2, size: 3, modified: 4, changed: 5)
        let added = FileChange(path, .event(.added), facts: facts)
        let batch = FileBatch([(path, 1)], QueuedInvocation(function: .mail), .leave)
        let bounds = QueueBounds()
        _ = try await store.apply([added], queueing: [batch], in: watch, bounds: bounds)
        let allowance = ClaimAllowance(count: 1, lease: .seconds(9))
        let request = ClaimRequest(holder: "host", allowances: [.mail: allowance])
        let claimed = try #require(await store.claim(request).claimed.first)
        try await store.settle(claimed.lease, .succeeded())
        #expect(try await store.damage().isEmpty)
        try await store.close()
        try damage(place, scratch.file)
        store = try open(scratch.file)
        #expect(try await store.damage().contains { $0.contains("of the watch") })
        #expect(try await store.files(at: [path], in: watch) == [nil])
        let listed = try await store.files(
            inDirectory: path.directory,
            of: watch,
            after: nil,
            limit: 9
        )
        #expect(listed == [])
        // It is found again, and handled once more.
        _ = try await store.apply([added], queueing: [], in: watch, bounds: bounds)
        #expect(try await store.files(at: [path], in: watch)[0]?.state == .pending)
        let query = FileQuery(watch: watch, limit: 9)
        #expect(try await store.files(query).map(\.path) == [path])
        try await store.close()
    }

    @Test func damagedFilesDoNotHideOthers() async throws {
        let scratch = try Scratch()
        let store = try open(scratch.file)
        let watch = try await store.openWatch(of: .mail, on: Array("/srv".utf8)).id
        let facts = FileFacts(device: 1, inode: 2, size: 3, modified: 4, changed: 5)
        let paths = (10..<40).map { FilePath(Array("\($0)".utf8)) }
        let added = paths.map { FileChange($0, .event(.added), facts: facts) }
        _ = try await store.apply(added, queueing: [], in: watch, bounds: QueueBounds())
        try await store.pool.write { database in
            try database.execute(sql: "update files set size = 7 where name < x'3330'")
        }
        #expect(try await store.damage().count == 20)
        let page = try await store.files(inDirectory: [], of: watch, after: nil, limit: 5)
        #expect(page.map(\.path) == Array(paths[20..<25]))
        #expect(try await store.damage() == [])
        try await store.close()
    }

    /// A flipped bit in a row's head can make any value one of another kind.
    @Test(arguments: payload + delivery)
    func valuesOfAnotherKindDoNotTrap(place: Place) async throws {
        let scratch = try Scratch()
        var store = try open(scratch.file)
        let one = QueuedInvocation(function: .mail)
        _ = try await store.enqueue([one], bounds: QueueBounds(), allOrNone: false)
        try await store.close()
        let queue = try DatabaseQueue(path: scratch.file)
        try await queue.write { database in
            try database.execute(sql: "update \(place.table) set \(place.column) = x'00ff00ff'")
        }
        try queue.close()
        store = try open(scratch.file)
        #expect(try await !store.damage().isEmpty)
        let allowances = [FunctionName.mail: ClaimAllowance(count: 9, lease: .seconds(1))]
        let report = try await store.claim(ClaimRequest(holder: "host", allowances: allowances))
        #expect(report.claimed.isEmpty)
        _ = try await store.deadLetters(function: nil, after: nil, limit: 9)
        _ = try await store.sweep(RetentionPolicy())
        try await store.close()
    }

    private func expectCorrupt(_ body: () async throws -> Void) async throws {
        do {
            try await body()
            Issue.record("damage was taken for a value")
        } catch let error as StoreError {
            guard case .corrupt = error else {
                Issue.record("\(error)")
                return
            }
        }
    }
}

extension Data {
    fileprivate var text: String { String(decoding: self, as: UTF8.self) }
}
