internal import FunctionModel
private import Synchronization

/// The memory that all connections together may hold in request bodies.
final class BodyBudget: Sendable {
    private let limit: Int
    private let used = Atomic(0)

    init(limit: ByteCount) { self.limit = limit.bytes }

    /// The bytes that are held.
    var held: Int { used.load(ordering: .relaxed) }

    /// Takes bytes; false when there is no room for them.
    func take(_ bytes: Int) -> Bool {
        let (_, now) = used.add(bytes, ordering: .relaxed)
        if now <= limit { return true }
        used.subtract(bytes, ordering: .relaxed)
        return false
    }

    /// Gives bytes back.
    func give(_ bytes: Int) { used.subtract(bytes, ordering: .relaxed) }
}
