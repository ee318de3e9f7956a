internal import FunctionModel

/// One queued invocation.
struct MemoryEntry: Sendable {
    let sequence: Int
    var invocation: QueuedInvocation
    let received: WallTime
    var delivery: Delivery
    var error: InvocationError?

    var id: InvocationID { invocation.id }

    /// Its place among what is ready of its function.
    var turn: Turn { Turn(priority: invocation.delivery.priority, sequence: sequence, id: id) }

    /// Its place among what waits for a time.
    var alarm: Alarm { Alarm(time: delivery.due, sequence: sequence, id: id) }

    /// Whom it waits for, where it has an ordering key.
    var lane: Lane? {
        invocation.delivery.orderingKey.map { Lane(function: invocation.function, key: $0) }
    }

    /// Higher priorities first, then in the order of arrival.
    struct Turn: Comparable, Sendable {
        var priority: Int
        var sequence: Int
        var id: InvocationID

        static func < (left: Self, right: Self) -> Bool {
            (right.priority, left.sequence) < (left.priority, right.sequence)
        }
    }

    /// Earlier ones first.
    struct Alarm: Comparable, Sendable {
        var time: WallTime
        var sequence: Int
        var id: InvocationID

        static func < (left: Self, right: Self) -> Bool {
            (left.time, left.sequence) < (right.time, right.sequence)
        }
    }

    /// The invocations of a function that share an ordering key.
    struct Lane: Hashable, Sendable {
        var function: FunctionName
        var key: String
    }
}
