import Testing

@testable import CellSupervision

@Suite struct ProbeQueueTests {
    @Test func runsAFewAtATimeInOrder() {
        var queue = ProbeQueue<Int>(atOnce: 2, maximum: 10)
        for number in 0..<5 {
            let taken = queue.append(number)
            #expect(taken)
        }
        var order: [Int] = []
        while let first = queue.next() {
            order.append(first)
            if let second = queue.next() { order.append(second) }
            #expect(queue.running <= 2)
            let third = queue.next()
            #expect(third == nil, "two run already")
            while queue.running > 0 { queue.finish() }
        }
        #expect(order == [0, 1, 2, 3, 4])
    }

    @Test func refusesWhatIsTooMuch() {
        var queue = ProbeQueue<Int>(atOnce: 1, maximum: 2)
        let taken = (0..<3).map { queue.append($0) }
        #expect(taken == [true, true, false])
        _ = queue.next()
        let again = queue.append(3)
        #expect(again, "one that runs doesn't wait")
        let drained = queue.drain()
        #expect(drained == [1, 3])
        let nothing = queue.next()
        #expect(nothing == nil)
    }
}
