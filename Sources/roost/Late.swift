internal import Synchronization

/// A value that is known only after those who need it have been made.
final class Late<Value: Sendable>: Sendable {
    private let known = Mutex<Value?>(nil)

    /// The value, once it is known.
    var value: Value? { known.withLock { $0 } }

    /// Tells the value.
    func tell(_ value: Value) { known.withLock { $0 = value } }
}
