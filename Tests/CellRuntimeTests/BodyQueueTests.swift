import Testing

@testable import CellRuntime

struct BodyQueueTests {
    private static func read(_ queue: inout BodyQueue, _ count: Int) -> Int? {
        var room = [UInt8](repeating: 0, count: count)
        return room.withUnsafeMutableBytes { queue.read(into: $0) }
    }

    private static func append(_ queue: inout BodyQueue, _ count: Int, ends: Bool = false) {
        [UInt8](repeating: 7, count: count).withUnsafeBytes { queue.append($0, ends: ends) }
    }

    @Test func aBodyThatCameWholeIsAtItsEnd() {
        var queue = BodyQueue()
        #expect(Self.read(&queue, 10) == 0)
    }

    @Test func givesWhatIsThereAndThenTheEnd() {
        var queue = BodyQueue()
        queue.open()
        #expect(!queue.isReadable)
        #expect(Self.read(&queue, 10) == nil)
        Self.append(&queue, 7)
        Self.append(&queue, 5, ends: true)
        #expect(Self.read(&queue, 10) == 10)
        #expect(Self.read(&queue, 10) == 2)
        #expect(Self.read(&queue, 10) == 0)
    }

    @Test func reportsInLargeSteps() {
        var queue = BodyQueue()
        queue.open()
        Self.append(&queue, 2 * BodyQueue.reportedAt)
        _ = Self.read(&queue, BodyQueue.reportedAt - 1)
        #expect(queue.report() == 0)
        _ = Self.read(&queue, 1)
        #expect(queue.report() == BodyQueue.reportedAt)
        #expect(queue.report() == 0)
    }
}

struct ManifestOutlineTests {
    @Test(arguments: [
        (#"{"plugin":"a","functions":[]}"#, 0),
        (#"{"functions":[{"name":"a"},{"name":"b","triggers":[{"k":1},{"k":[{}]}]}],"x":[{}]}"#, 2),
        (#"{"x":{"functions":[{}]},"plugin":"functions","y":[{}]}"#, 0),
        (#"{"summary":"\"functions\":[{","functions":[{"name":"}]"}]}"#, 1),
        ("", 0), ("[[[", 0), ("}}}}", 0),
    ])
    func countsTheFunctionsAtTheTop(json: String, count: Int) {
        #expect(ManifestOutline.functionCount(Array(json.utf8)) == count)
    }
}
