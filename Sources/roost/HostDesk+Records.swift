internal import FunctionDispatch
internal import FunctionModel
internal import InvocationStore

/// What is kept of invocations: in memory of all, in the store of those that the sampling keeps.
extension HostDesk {
    func invocations(_ query: InvocationQuery) async throws -> InvocationPage {
        let name = try query.function.map(name(of:))
        let start = try query.after.map { text in
            guard let position = RecordPosition(text) else {
                throw HostOperationError(.invalid, "'after' isn't where a list ended.")
            }
            return position
        }
        // One more than asked for tells whether there is more.
        let wanted = query.limit + 1
        let live = dispatcher.invocations(function: name, limit: .max)
        let known = Set(live.map(Attempt.init))
        var found = live.filter { record in
            query.matches(record) && start.map { $0 < RecordPosition(record) } ?? true
        }
        found.sort { RecordPosition($0) < RecordPosition($1) }
        found = Array(found.prefix(wanted))
        found += try await stored(query, name, start, wanted, except: known)
        found.sort { RecordPosition($0) < RecordPosition($1) }
        let shown = found.prefix(query.limit)
        return InvocationPage(
            shown.map(InvocationView.init),
            next: found.count > query.limit ? shown.last.map { RecordPosition($0).text } : nil
        )
    }

    private struct Attempt: Hashable {
        var id: InvocationID
        var attempt: Int

        init(_ record: InvocationRecord) {
            id = record.id
            attempt = record.attempt
        }
    }

    /// Records of the store that memory doesn't have (any more), in the order of the list.
    private func stored(
        _ query: InvocationQuery,
        _ function: FunctionName?,
        _ start: RecordPosition?,
        _ wanted: Int,
        except known: Set<Attempt>
    ) async throws -> [InvocationRecord] {
        var ask = RecordQuery(function: function, outcome: query.outcome, limit: 500)
        ask.trigger = query.trigger
        ask.since = query.since.map { WallTime(seconds: $0) }
        // A little later than the last one shown, whose neighbours may share its instant.
        let end = start.map { WallTime(seconds: $0.received) + .milliseconds(1) }
        ask.before = [end, query.before.map { WallTime(seconds: $0) }].compactMap { $0 }.min()
        var found: [InvocationRecord] = []
        repeat {
            let request = ask
            let page = try await fromStore { () throws(StoreError) in
                try await durable.store.records(request)
            }
            found += page.elements.filter { record in
                !known.contains(Attempt(record))
                    && start.map { $0 < RecordPosition(record) } ?? true
            }
            ask.after = page.next
        } while found.count < wanted && ask.after != nil
        return found
    }
}
