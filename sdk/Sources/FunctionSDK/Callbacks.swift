internal import Synchronization

/// The calls that the host still owes this image, by number.
enum Callbacks {
    /// Hears the answer of a host call; `nil` for a mere wake-up and at the invocation's end.
    typealias Body = @Sendable (FunctionReply?) -> Void

    private struct Table {
        var next: UInt = 1
        var waiting: [UInt: Body] = [:]
    }

    private static let table = Mutex(Table())

    /// Keeps a callback and names it.
    static func add(_ body: @escaping Body) -> UInt {
        table.withLock { table in
            let id = table.next
            table.next += 1
            table.waiting[id] = body
            return id
        }
    }

    /// Takes a callback out; `nil` when it has been called or dropped.
    static func take(_ id: UInt) -> Body? {
        table.withLock { $0.waiting.removeValue(forKey: id) }
    }

    /// Runs the callback that the host names.
    static func run(_ argument: UnsafeMutableRawPointer?, _ reply: FunctionReply?) {
        take(UInt(bitPattern: argument))?(reply)
    }
}
