import NIOCore
import Testing

@testable import FunctionDispatch

@Suite struct DeadlineHeapTests {
    private func at(_ second: Int) -> NIODeadline { .uptimeNanoseconds(UInt64(second)) }

    @Test func givesPoolsInTheOrderOfTheirInstants() {
        var heap = DeadlineHeap()
        let order = [5, 3, 9, 1, 7, 0, 8, 2, 6, 4]
        for (pool, second) in order.enumerated() { heap.insert(at(second), pool) }
        #expect(heap.first == at(0))
        #expect(heap.popDue(at(0)) == 5)
        #expect(heap.popDue(at(0)) == nil)
        var popped: [Int] = []
        while let pool = heap.popDue(at(9)) { popped.append(order[pool]) }
        #expect(popped == Array(1...9))
        #expect(heap.count == 0)
    }

    @Test func aPoolStandsInItOnceWithItsEarliestInstant() {
        var heap = DeadlineHeap()
        heap.insert(at(5), 0)
        heap.insert(at(4), 1)
        heap.insert(at(3), 0)
        heap.insert(at(9), 0)
        #expect(heap.count == 2)
        #expect(heap.popDue(at(10)) == 0)
        #expect(heap.popDue(at(10)) == 1)
        heap.insert(at(1), 0)
        #expect(heap.popDue(at(10)) == 0)
    }
}
