internal import FunctionModel

extension MemoryState {
    func records(_ query: RecordQuery) -> Page<InvocationRecord> {
        let limit = StoreBounds.page(query.limit)
        let after = query.after.flatMap(Place.init)
        let found = records.compactMap { id, record -> (place: Place, record: InvocationRecord)? in
            let place = Place(received: record.received, sequence: recordOrder[id] ?? 0)
            guard query.takes(record), after.map({ place < $0 }) ?? true else { return nil }
            return (place, record)
        }.sorted { $1.place < $0.place }
        let shown = found.prefix(limit)
        let isMore = found.count > limit
        return Page(
            shown.map { entry in
                var record = entry.record
                record.log = []
                record.error?.backtrace = []
                return record
            },
            next: isMore ? shown.last?.place.cursor : nil
        )
    }

    func records(of id: InvocationID) -> [InvocationRecord] {
        records.values.filter { $0.id == id }.sorted { $0.attempt < $1.attempt }
    }

    /// A place in the list of records.
    private struct Place: Comparable {
        var received: Double
        var sequence: Int

        init(received: Double, sequence: Int) {
            self.received = received
            self.sequence = sequence
        }

        init?(_ cursor: PageCursor) {
            let parts = cursor.text.split(separator: "/")
            guard parts.count == 2, let received = Double(parts[0]), let sequence = Int(parts[1])
            else { return nil }
            self.init(received: received, sequence: sequence)
        }

        var cursor: PageCursor { PageCursor("\(received)/\(sequence)") }

        static func < (left: Self, right: Self) -> Bool {
            (left.received, left.sequence) < (right.received, right.sequence)
        }
    }
}

extension RecordQuery {
    /// Whether a record is wanted, wherever it stands.
    func takes(_ record: InvocationRecord) -> Bool {
        let received = WallTime(seconds: record.received)
        return (function == nil || function == record.function)
            && (outcome == nil || outcome == record.outcome)
            && (trigger == nil || trigger == record.trigger)
            && since.map { received >= $0 } ?? true
            && before.map { received < $0 } ?? true
    }
}
