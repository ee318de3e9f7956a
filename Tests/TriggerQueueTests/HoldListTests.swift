import FunctionModel
import Testing

@testable import TriggerQueue

/// What is claimed before its time, in the order in which it begins.
struct HoldListTests {
    private func list(_ starts: [Double]) -> (list: HoldList, ids: [InvocationID]) {
        var list = HoldList()
        let ids = starts.map { _ in InvocationID() }
        for (id, start) in zip(ids, starts) {
            list.put(id, of: Subject.mail, at: WallTime(seconds: start))
        }
        return (list, ids)
    }

    @Test(
        arguments: [
            ([], [], nil),
            ([5], [], 5),
            ([3, 5], [0], 5),
            ([5, 3], [1], 5),
            ([4, 3, 4, 2], [3, 1, 0, 2], nil),
        ] as [([Double], [Int], Double?)]
    )
    func takesWhatIsDueByTimeThenByArrival(
        starts: [Double],
        taken: [Int],
        next: Double?
    ) {
        var (list, ids) = list(starts)
        #expect(list.first == starts.min().map { WallTime(seconds: $0) })
        let now = WallTime(seconds: 4)
        #expect(list.due(by: now).map(\.id) == taken.map { ids[$0] })
        #expect(list.take(by: now).map(\.id) == taken.map { ids[$0] })
        #expect(list.take(by: now).isEmpty)
        #expect(list.first == next.map { WallTime(seconds: $0) })
    }

    @Test func takesNothingBeforeItsTime() {
        var (list, _) = list([4])
        #expect(list.take(by: WallTime(nanoseconds: 3_999_999_999)).isEmpty)
        #expect(list.take(by: WallTime(seconds: 4)).count == 1)
    }
}
