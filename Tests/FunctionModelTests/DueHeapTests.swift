import FunctionModel
import SeededRandom
import Synchronization
import Testing

struct DueHeapTests {
    @Test func givesWhatIsDueInItsOrder() {
        var generator = SeededGenerator(seed: 7)
        var heap = DueHeap<Int, Int>()
        for name in (0..<1_000).shuffled(using: &generator) { heap.put(name, at: name / 2) }
        #expect(heap.first == 0)
        var taken: [Int] = []
        while let name = heap.take(dueBy: 399) { taken.append(name) }
        #expect(taken.map { $0 / 2 } == (0..<800).map { $0 / 2 })
        #expect(heap.first == 400)
    }

    @Test func countsTheLatestTimeOnly() {
        var heap = DueHeap<String, Int>()
        heap.put("a", at: 1)
        heap.put("b", at: 2)
        heap.put("a", at: 3)
        #expect(heap.first == 2)
        heap.put("b", at: nil)
        #expect(heap.first == 3)
        #expect(heap.take(dueBy: 2) == nil)
        #expect(heap.take(dueBy: 3) == "a")
        #expect(heap.first == nil)
    }

    @Test func keepsLittleOfWhatIsPutInAgainAndAgain() {
        var heap = DueHeap<Int, Int>()
        for time in 0..<10_000 { heap.put(time % 10, at: time) }
        var taken: [Int] = []
        while let name = heap.take(dueBy: 10_000) { taken.append(name) }
        #expect(taken == Array(0..<10))
    }

    private final class Count: Sendable {
        let value = Mutex(0)
    }

    private struct CountedTime: Comparable, Sendable {
        let value: Int
        let count: Count

        static func == (left: Self, right: Self) -> Bool { left.value == right.value }

        static func < (left: Self, right: Self) -> Bool {
            left.count.value.withLock { $0 += 1 }
            return left.value < right.value
        }
    }

    /// Whatever the order: the worst for a sorted list is that each comes before all others.
    @Test func comparesEachWithFewOthers() {
        let count = Count()
        var heap = DueHeap<Int, CountedTime>()
        let names = 1 << 13
        for name in 0..<names { heap.put(name, at: CountedTime(value: names - name, count: count)) }
        #expect(count.value.withLock { $0 } <= names * 14)
        while heap.take(dueBy: CountedTime(value: names, count: count)) != nil {}
        #expect(count.value.withLock { $0 } <= names * (14 + 2 * 14))
    }
}
