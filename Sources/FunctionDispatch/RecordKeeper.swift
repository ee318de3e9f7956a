internal import FunctionModel
internal import Synchronization

/// Keeps the last invocations in memory: so many, and so many bytes of log lines.
final class RecordKeeper: Sendable {
    let feed = LogFeed()
    private let capacity: Int
    private let logCapacity: Int
    private let ring: Mutex<Ring>

    private struct Ring {
        var records: [InvocationRecord] = []
        /// How many were ever kept; the next one goes to `total % capacity`.
        var total = 0
        var logBytes = 0
        /// The number of the oldest record that may still have log lines.
        var oldestLogged = 0
    }

    init(count: Int, logBytes: Int) {
        capacity = max(1, count)
        logCapacity = logBytes
        ring = Mutex(Ring())
    }

    /// Keeps a record, in place of the oldest.
    func keep(_ record: InvocationRecord) {
        ring.withLock { ring in
            let place = ring.total % capacity
            if place == ring.records.count {
                ring.records.append(record)
            } else {
                ring.logBytes -= Self.size(ring.records[place].log)
                ring.records[place] = record
            }
            ring.total += 1
            ring.logBytes += Self.size(record.log)
            trim(&ring)
        }
    }

    /// Adds a line that came after the end.
    func append(_ line: LogLine, to id: InvocationID) {
        ring.withLock { ring in
            guard let place = find(id, ring, within: 256),
                ring.records[place].log.count < 4_096
            else { return }
            ring.records[place].log.append(line)
            ring.logBytes += Self.size([line])
            trim(&ring)
        }
    }

    /// Puts a symbolised backtrace into a record.
    func setBacktrace(_ backtrace: [StackFrame], of id: InvocationID) {
        ring.withLock { ring in
            guard let place = find(id, ring, within: capacity) else { return }
            ring.records[place].error?.backtrace = backtrace
        }
    }

    /// The record of an invocation; `nil` when it is not kept (any more).
    func record(_ id: InvocationID) -> InvocationRecord? {
        ring.withLock { ring in find(id, ring, within: capacity).map { ring.records[$0] } }
    }

    /// Records, the newest first.
    func records(function: FunctionName?, outcome: Outcome?, limit: Int) -> [InvocationRecord] {
        ring.withLock { ring in
            var found: [InvocationRecord] = []
            for place in newestFirst(ring, within: capacity) where found.count < limit {
                let record = ring.records[place]
                if let function, record.function != function { continue }
                if let outcome, record.outcome != outcome { continue }
                found.append(record)
            }
            return found
        }
    }

    /// Takes the log lines of the oldest records away until the rest fits; the newest keeps its own.
    private func trim(_ ring: inout Ring) {
        ring.oldestLogged = max(ring.oldestLogged, ring.total - ring.records.count)
        while ring.logBytes > logCapacity, ring.oldestLogged < ring.total - 1 {
            let place = ring.oldestLogged % capacity
            ring.logBytes -= Self.size(ring.records[place].log)
            ring.records[place].log = []
            ring.oldestLogged += 1
        }
    }

    private func find(_ id: InvocationID, _ ring: Ring, within count: Int) -> Int? {
        newestFirst(ring, within: count).first { ring.records[$0].id == id }
    }

    private func newestFirst(_ ring: Ring, within count: Int) -> some Sequence<Int> {
        let kept = min(count, ring.records.count)
        return (0..<kept).lazy.map { (ring.total - 1 - $0) % self.capacity }
    }

    private static func size(_ lines: [LogLine]) -> Int {
        lines.reduce(0) { $0 + $1.keptBytes }
    }
}

extension LogLine {
    /// What it costs to keep, about.
    var keptBytes: Int {
        (metadata ?? [:]).reduce(message.utf8.count + 64) {
            $0 + $1.key.utf8.count + $1.value.utf8.count + 64
        }
    }
}
