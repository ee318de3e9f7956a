internal import FoundationEssentials
public import FunctionModel
internal import NIOCore
internal import Synchronization

/// What operators have changed of schedules, kept in the store.
public final class ScheduleEdits: Sendable {
    private static let scope = StateScope.host("schedules")
    private static let most = 10_000

    private let store: any FunctionStateStore
    private let edits = Mutex<[String: ScheduleEdit]>([:])
    /// The schedules that somebody changes right now.
    private let changing = Mutex<Set<String>>([])

    /// Knows none before `load`.
    public init(_ store: any FunctionStateStore) { self.store = store }

    /// All of them, by schedule.
    public var all: [String: ScheduleEdit] { edits.withLock { $0 } }

    /// Reads what is kept.
    public func load() async throws(StoreError) {
        var found: [String: ScheduleEdit] = [:]
        var place: PageCursor?
        repeat {
            let page = try await store.values(
                prefix: "",
                in: Self.scope,
                after: place,
                limit: 500
            )
            for entry in page.elements {
                do {
                    found[entry.key] = try JSONDecoder().decode(
                        ScheduleEdit.self,
                        from: Data(entry.value.readableBytesView)
                    )
                } catch { throw .corrupt("what was changed of the schedule '\(entry.key)'") }
            }
            place = page.next
        } while place != nil
        edits.withLock { $0 = found }
    }

    /// Takes a schedule for a change; false while another change of it goes on.
    func begin(_ name: String) -> Bool { changing.withLock { $0.insert(name).inserted } }

    /// The change is over.
    func finish(_ name: String) { _ = changing.withLock { $0.remove(name) } }

    /// Keeps what is changed of a schedule.
    func keep(_ edit: ScheduleEdit, of name: String) async throws(HostOperationError) {
        guard all.count < Self.most || all[name] != nil || edit.isEmpty else {
            throw HostOperationError(.conflict, "\(Self.most) schedules have been changed already.")
        }
        do {
            if edit.isEmpty {
                _ = try await store.remove(name, in: Self.scope, if: .any)
            } else {
                let bytes = ByteBuffer(bytes: try JSONEncoder().encode(edit))
                _ = try await store.put(
                    StateValue(bytes),
                    under: name,
                    in: Self.scope,
                    if: .any
                )
            }
        } catch {
            throw HostOperationError(
                .unavailable,
                "The schedule '\(name)' stays as it is, for nothing can be kept now: \(error)"
            )
        }
        edits.withLock { $0[name] = edit.isEmpty ? nil : edit }
    }
}
