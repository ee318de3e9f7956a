internal import FunctionModel
internal import Synchronization

/// Where the files of events lie, for the invocations of many files that asked last.
///
/// Only a hint, for the index knows better; without it each file of a list would be looked for among
/// all others.
final class EventPlaces: Sendable {
    /// A file of a watch.
    struct Place: Sendable, Hashable {
        var watch: Int64
        var path: FilePath
    }

    private struct Latest: Sendable {
        var places: [InvocationID: [String: Place]] = [:]
        /// Who asked first stands first.
        var order: [InvocationID] = []
    }

    /// Of how many invocations they are known.
    static let limit = 32

    private let latest = Mutex(Latest())

    /// Notes the files of an invocation, where there are many.
    func note(_ rows: [(watch: Int64, row: FileRow)], of invocation: InvocationID) {
        guard rows.count > 1 else { return }
        let places = Dictionary(
            rows.map { ($1.eventID(in: $0), Place(watch: $0, path: $1.path)) },
            uniquingKeysWith: { first, _ in first }
        )
        latest.withLock { latest in
            guard latest.places.updateValue(places, forKey: invocation) == nil else { return }
            latest.order.append(invocation)
            guard latest.order.count > Self.limit else { return }
            latest.places[latest.order.removeFirst()] = nil
        }
    }

    /// Where the file of an event lay; `nil` where that isn't known.
    func place(of event: String, for invocation: InvocationID) -> Place? {
        latest.withLock { $0.places[invocation]?[event] }
    }
}
