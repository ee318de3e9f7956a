import CZooFaults
import Dispatch
import FunctionSDK
import Glibc
import Synchronization

/// What goes on where its worker can't end it, or on other threads than its own.
let strays: [Function] = [
    plain("loop-in-zlib") { _, _ in zoo_loop_in_zlib() },
    plain("loop-in-jpeg") { _, _ in zoo_loop_in_jpeg() },
    plain("loop-in-pattern") { _, _ in zoo_loop_in_pattern() },
    plain("loop-in-sort") { _, _ in zoo_loop_in_sort() },
    plain("thread-bomb") { _, _ in zoo_thread_bomb() },
    plain("thread-left") { _, _ in zoo_leave_thread() },
    plain("thread-crash") { _, _ in
        zoo_crash_aside()
        return "still here"
    },
    plain("queue") { ask, _ in
        // Its pool thread adds up what the handler then reads, one after the other.
        let sum = Sum()
        let group = DispatchGroup()
        DispatchQueue.global().async(group: group) {
            sum.value.store((0..<100).reduce(0, +), ordering: .relaxed)
        }
        group.wait()
        return sum.value.load(ordering: .relaxed)
    },
    plain("queue-crash") { _, _ in
        let group = DispatchGroup()
        DispatchQueue.global().async(group: group) { fatalError("zoo says no, on a queue") }
        group.wait()
        return "still here"
    },
    plain("queue-left") { _, _ in
        DispatchQueue.global().async { while true { usleep(100) } }
        return "left work behind"
    },
    suspending("main-actor") { _, _ in await counted() },
]

private final class Sum: Sendable {
    let value = Atomic(0)
}

@MainActor private var count = 0

@MainActor private func counted() -> Int {
    count += 1
    return count
}
