internal import FunctionModel
internal import Synchronization

/// Bounds how many plugins are held in memory at the same time, on their way in.
final class DeployBench: Sendable {
    /// How many deployments may be under way.
    static let places = 4

    private let taken = Mutex(0)

    /// Takes a place; whoever got one leaves it.
    ///
    /// - Throws: `HostOperationError` when there is none.
    func enter() throws(HostOperationError) {
        let isFull = taken.withLock { taken in
            guard taken < Self.places else { return true }
            taken += 1
            return false
        }
        guard !isFull else {
            throw HostOperationError(
                .unavailable,
                "\(Self.places) deployments are under way: try again when they are through."
            )
        }
    }

    /// Gives a place back.
    func leave() { taken.withLock { $0 -= 1 } }
}
