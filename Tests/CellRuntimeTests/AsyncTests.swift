import CellProtocol
import Glibc
import Testing

/// How often each kind of ending is tried; `ROOST_KILL_ROUNDS` asks for more.
private let rounds = getenv("ROOST_KILL_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 20

@Suite(.serialized)
struct AsyncTests {
    @Test func everythingRunsOnTheWorkersThread() throws {
        let cell = try TestCell()
        let worker = try cell.start(AsyncSubject.path(), entry: AsyncSubject.entry).ready()
        for _ in 0..<5 {
            let strays = try worker.call("strays").body
            #expect(strays == "none")
        }
    }

    @Test(arguments: [
        "sleep", "deaf", "children", "spinning", "detached-spin", "detached-deaf",
    ])
    func endsWhatDoesNotStop(kind: String) throws {
        let cell = try TestCell()
        let path = try AsyncSubject.path()
        let neighbour = try cell.start(path, entry: AsyncSubject.entry).ready()
        for _ in 0..<rounds {
            let worker = try cell.start(path, entry: AsyncSubject.entry).ready()
            let end = try worker.call(
                kind,
                limits: .init(timeout: .milliseconds(20), grace: .milliseconds(5))
            )
            #expect(end.code == .timedOut)
            #expect(end.workerEnds)
            let taints = try cell.awaitEnd(of: worker)
            #expect(taints == [])
        }
        let strays = try neighbour.call("strays").body
        #expect(strays == "none")
        #expect(cell.isAlive)
    }

    @Test func containsATrapAfterASuspension() throws {
        let cell = try TestCell()
        for _ in 0..<rounds {
            let worker = try cell.start(AsyncSubject.path(), entry: AsyncSubject.entry).ready()
            let end = try worker.call("trap")
            #expect(end.code == .crashed)
            #expect(end.kind == "trap")
            let taints = try cell.awaitEnd(of: worker)
            #expect(taints == [])
        }
    }

    @Test func declaredWorkGoesOn() throws {
        let cell = try TestCell()
        let worker = try cell.start(
            AsyncSubject.path(),
            entry: AsyncSubject.entry,
            background: true
        ).ready()
        #expect(try worker.call("leave").body == "left")
        let end = ContinuousClock.now + .seconds(10)
        while try worker.call("count").body != "5" {
            guard ContinuousClock.now < end else { throw Failure("it stopped") }
        }
    }

    @Test func undeclaredWorkIsStopped() throws {
        let cell = try TestCell()
        let worker = try cell.start(AsyncSubject.path(), entry: AsyncSubject.entry).ready()
        #expect(try worker.call("leave").body == "left")
        try worker.awaitClose()
        let taints = try cell.awaitEnd(of: worker)
        #expect(taints == [])
    }

    @Test func aSleepThatWasCancelledIsNoWork() throws {
        let cell = try TestCell()
        let worker = try cell.start(AsyncSubject.path(), entry: AsyncSubject.entry).ready()
        for _ in 0..<20 { #expect(try worker.call("race").body == "first") }
        let end = try worker.call("race")
        #expect(end.body == "first")
    }

    @Test func whatIsLeftBehindSpinningIsEnded() throws {
        let cell = try TestCell()
        let worker = try cell.start(AsyncSubject.path(), entry: AsyncSubject.entry).ready()
        #expect(try worker.call("leave-spinning").body == "left")
        try worker.awaitClose()
        try cell.awaitEnd(of: worker)
        #expect(cell.isAlive)
    }
}
