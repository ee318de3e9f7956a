import FunctionModel
import Testing

@testable import TriggerFiles

struct SettlingTests {
    private let begun = ContinuousClock.now
    private func path(_ name: String) -> FilePath { FilePath(Array(name.utf8)) }
    private func facts(_ size: Int64) -> FileFacts {
        FileFacts(device: 1, inode: 1, size: size, modified: 1, changed: 1)
    }

    @Test func giveWhatHasStayedTheSameForTheWholeTime() {
        var settling = Settling()
        settling.note(path("a"), facts(1), for: .milliseconds(500), now: begun)
        #expect(settling.due(begun + .milliseconds(499)).isEmpty)
        #expect(settling.due(begun + .milliseconds(500)).map(\.path) == [path("a")])
        #expect(settling.due(begun + .seconds(9)).isEmpty)
    }

    @Test func beginAnewWithEveryChange() {
        var settling = Settling()
        settling.note(path("a"), facts(1), for: .milliseconds(500), now: begun)
        settling.note(path("a"), facts(2), for: .milliseconds(500), now: begun + .milliseconds(400))
        // The same once more changes nothing.
        settling.note(path("a"), facts(2), for: .milliseconds(500), now: begun + .milliseconds(600))
        #expect(settling.due(begun + .milliseconds(800)).isEmpty)
        #expect(settling.due(begun + .milliseconds(900)).map(\.facts) == [facts(2)])
    }

    @Test func waitShorterForWhatIsGone() {
        var settling = Settling()
        settling.note(path("a"), facts(1), for: .milliseconds(500), now: begun)
        settling.note(path("b"), nil, for: .milliseconds(500), now: begun)
        #expect(settling.next == begun + Settling.absence)
        #expect(settling.due(begun + Settling.absence).map(\.path) == [path("b")])
    }

    @Test func forgetWhatWasTold() {
        var settling = Settling()
        settling.note(path("a"), facts(1), for: .milliseconds(500), now: begun)
        settling.forget(path("a"))
        #expect(settling.due(begun + .seconds(1)).isEmpty)
        #expect(settling.count == 0)
    }

    /// Each next one is due before all others: what was changed last is found first.
    @Test func takeManyInTheirTurnHoweverTheyCome() {
        var settling = Settling()
        let count = 60_000
        for number in 0..<count {
            let length = Duration.milliseconds(count - number)
            settling.note(path("\(number)"), facts(1), for: length, now: begun)
        }
        let early = settling.due(begun + .milliseconds(count / 2))
        #expect(early.count == count / 2)
        #expect(early.first?.path == path("\(count - 1)"))
        #expect(early.last?.path == path("\(count / 2)"))
        #expect(settling.next == begun + .milliseconds(count / 2 + 1))
    }

    @Test func holdSoManyAndSayThatThereAreMore() {
        var settling = Settling()
        for number in 0...Settling.limit {
            settling.note(path("\(number)"), facts(1), for: .seconds(1), now: begun)
        }
        #expect(settling.count == Settling.limit)
        let isCut = settling.takeCut()
        #expect(isCut)
        #expect(!settling.isCut)
    }
}
