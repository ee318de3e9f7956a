import Foundation
import FunctionModel
import InvocationStore
import NIOCore

/// Queues invocations in the store of a host that doesn't run.
///
///     .build/release/store-bench --fill HOME/roost.sqlite --count 100000 --function noop.run
struct QueueFiller {
    /// How many go into one commit.
    private static let batch = 1_000

    let path: String
    let count: Int
    let function: FunctionName
    let body: [UInt8]

    func run() async throws {
        let store = try Stores.file(path) { WallTime(seconds: Date().timeIntervalSince1970) }
        var left = count
        while left > 0 {
            let part = (0..<min(left, Self.batch)).map { _ in
                QueuedInvocation(function: function, body: ByteBuffer(bytes: body))
            }
            let bounds = QueueBounds(perFunction: .max, total: .max)
            _ = try await store.enqueue(part, bounds: bounds, allOrNone: false)
            left -= part.count
        }
        try await store.close()
        print("\(count) queued for \(function)")
    }
}
