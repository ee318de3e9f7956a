import FunctionModel
import InvocationStore
import Synchronization
import Testing

@testable import TriggerFiles

struct EventPlacesTests {
    private func rows(_ count: Int) -> [(watch: Int64, row: FileRow)] {
        (0..<count).map { number in
            let path = FilePath(Array("\(number)".utf8))
            let facts = FileFacts(device: 1, inode: 1, size: 1, modified: 1, changed: 1)
            return (7, FileRow(path: path, facts: facts, found: WallTime(seconds: 1)))
        }
    }

    @Test func tellWhereTheFilesOfTheLatestListsLie() {
        let places = EventPlaces()
        let ids = (0...EventPlaces.limit).map { _ in InvocationID() }
        let rows = rows(3)
        let event = rows[1].row.eventID(in: 7)
        for id in ids.dropLast() + ids.dropLast() { places.note(rows, of: id) }
        for id in ids.dropLast() {
            #expect(places.place(of: event, for: id)?.path == rows[1].row.path)
        }
        places.note(rows, of: ids[EventPlaces.limit])
        #expect(places.place(of: event, for: ids[0]) == nil)
        #expect(places.place(of: event, for: ids[1]) != nil)
        #expect(places.place(of: "other", for: ids[1]) == nil)
    }

    @Test func areNotKeptOfASingleFile() {
        let places = EventPlaces()
        let (id, rows) = (InvocationID(), rows(1))
        places.note(rows, of: id)
        #expect(places.place(of: rows[0].row.eventID(in: 7), for: id) == nil)
    }

    /// A list of a thousand would be read a thousand times.
    @Test func haveAListReadOnceForAllOfItsFiles() async throws {
        let reads = ReadCount()
        let store = Stores.memory { WallTime(seconds: 1) }
        var front = StoreWithPauses(store: store)
        front.onFilesOfInvocation = { reads.value.withLock { $0 += 1 } }
        let bench = try WatchBench(store: store, behind: front) { directory in
            for number in 0..<9 { try WatchBench.write("x", to: "\(directory)/\(number)") }
        } _: {
            $0.batch = 9
            // All are found by the first look, none later by itself.
            $0.stableForMilliseconds = 0
        }
        let claimed = try await bench.claim()[0]
        let events = try WatchBench.events(of: claimed)
        #expect(events.count == 9)
        for event in events {
            #expect(await bench.trigger.answer(.open(event.id), from: .of(claimed)).status == 200)
        }
        #expect(reads.value.withLock { $0 } == 1)
        // What has become another is no more handed out than before.
        try bench.write("another", to: events[4].path)
        let answer = await bench.trigger.answer(.open(events[4].id), from: .of(claimed))
        #expect(answer.status == 410)
        try await bench.settle(claimed)
        // Neither is what has been handled.
        let late = await bench.trigger.answer(.open(events[0].id), from: .of(claimed))
        #expect(late.status == 404)
        await bench.end()
    }
}

private final class ReadCount: Sendable {
    let value = Mutex(0)
}
