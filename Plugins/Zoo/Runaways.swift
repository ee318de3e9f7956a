import CZooFaults
import FunctionSDK
import Glibc

/// The faults that go on until somebody ends them.
let runaways: [Function] = [
    plain("loop") { _, _ -> Int in
        var turns = 0
        while true { turns = spin(turns) }
    },
    plain("loop-in-c") { _, _ in
        zoo_loop_in_c()
        return "still here"
    },
    plain("alloc-loop") { _, _ -> Int in
        var words: [String: [Int]] = [:]
        while true {
            words["\(words.count % 512)"] = Array(repeating: words.count, count: 64)
            if words.count > 500 { words = [:] }
        }
    },
    plain("generic-loop") { ask, _ -> Int in
        let steps: [any Stepping] = [Stride(by: 1), Stride(by: UInt8(2))]
        return steps.reduce(0) { $0 + walk($1) }
    },
    plain("read") { _, _ -> Int in
        var ends: [Int32] = [0, 0]
        var byte: UInt8 = 0
        return pipe(&ends) == 0 ? read(ends[0], &byte, 1) : -1
    },
    plain("lock") { _, _ -> Int in
        var lock = pthread_mutex_t()
        pthread_mutex_init(&lock, nil)
        pthread_mutex_lock(&lock)
        return Int(pthread_mutex_lock(&lock))
    },
    plain("hog") { ask, _ -> Int in
        var kept: [[UInt8]] = []
        let piece = ask.bytes ?? 1 << 20
        while true { kept.append([UInt8](repeating: UInt8(kept.count & 255), count: piece)) }
    },
    plain("hog-at-once") { ask, _ in
        [UInt8](repeating: 1, count: ask.bytes ?? 8 << 30).count
    },
    plain("sleep") { _, _ in
        sleep(1_000_000)
        return "awake"
    },
    suspending("sleep-async") { _, _ in
        try await Task.sleep(for: .seconds(1_000_000))
        return "awake"
    },
    suspending("deaf-async") { _, _ -> Int in
        // Hears of its cancellation and goes on.
        while true { _ = try? await Task.sleep(for: .milliseconds(1)) }
    },
    suspending("spin-async") { _, _ -> Int in
        var turns = 0
        while true {
            turns = spin(turns)
            await Task.yield()
        }
    },
    suspending("spin-detached") { _, _ in
        await Task.detached { () -> Int in
            var turns = 0
            while true { turns = spin(turns) }
        }.value
    },
    suspending("spin-child") { _, _ in
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    var turns = 0
                    while true { turns = spin(turns) }
                }
            }
            return await group.reduce(0, +)
        }
    },
    suspending("sleep-child") { _, _ in
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask { while true { _ = try? await Task.sleep(for: .milliseconds(1)) } }
            }
            return await group.reduce(0, +)
        }
    },
    suspending("never") { _, _ in
        await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
        return "resumed"
    },
    suspending("detached") { ask, _ in
        let pause = Duration.milliseconds(ask.milliseconds ?? 100)
        Task.detached {
            for _ in 0..<10 {
                _ = try? await Task.sleep(for: pause)
                _ = spin(1)
            }
        }
        return "left a task behind"
    },
]

@inline(never)
private func spin(_ turns: Int) -> Int { zoo_opaque(turns &+ 1) }

private protocol Stepping {
    associatedtype Size: FixedWidthInteger
    var place: Size { get set }
    var by: Size { get }
}

private struct Stride<Size: FixedWidthInteger>: Stepping {
    var place: Size = 0
    let by: Size
    init(by: Size) { self.by = by }
}

/// Never ends; the optimiser doesn't know of what type it goes over.
@inline(never)
private func walk<Steps: Stepping>(_ steps: Steps) -> Int {
    var steps = steps
    while zoo_opaque(Int(truncatingIfNeeded: steps.place)) >= 0 { steps.place &+= steps.by }
    return Int(truncatingIfNeeded: steps.place)
}
