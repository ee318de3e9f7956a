import FunctionModel
import NIOCore

/// Keeps what a worker's observer is told.
final class RecordingWorker: WorkerObserver {
    enum Event: Sendable {
        case started(any WorkerHandle)
        case shouldMove
        case ended(WorkerEnd, unstarted: [WorkerJob])
    }

    let journal: Journal<Event>

    init(on eventLoop: any EventLoop) { journal = Journal(on: eventLoop) }

    func workerDidStart(_ worker: any WorkerHandle) { journal.append(.started(worker)) }
    func workerShouldMove(_ worker: any WorkerHandle) { journal.append(.shouldMove) }
    func workerDidEnd(
        _ worker: (any WorkerHandle)?,
        reason: WorkerEnd,
        unstarted: [WorkerJob]
    ) {
        journal.append(.ended(reason, unstarted: unstarted))
    }

    func handle() async throws -> any WorkerHandle {
        let event = try await journal.first("the worker's start") {
            switch $0 {
            case .started, .ended: true
            case .shouldMove: false
            }
        }
        guard case .started(let worker) = event else {
            throw Journal<Event>.Missing(description: "the worker ended instead: \(event)")
        }
        return worker
    }

    func end() async throws -> (WorkerEnd, [WorkerJob]) {
        let event = try await journal.first("the worker's end") {
            if case .ended = $0 { true } else { false }
        }
        guard case .ended(let reason, let unstarted) = event else {
            throw Journal<Event>.Missing(description: "no end")
        }
        return (reason, unstarted)
    }
}

/// Keeps what a job's observer is told.
final class RecordingJob: WorkerJobObserver {
    enum Event: Sendable {
        case responded(ResponseHead)
        case wrote(ByteBuffer)
        case consumed(Int)
        case logged(LogLine)
        case called(HostCall)
        case ended(InvocationResult)
    }

    let journal: Journal<Event>

    init(on eventLoop: any EventLoop) { journal = Journal(on: eventLoop) }

    func jobDidRespond(_ job: WorkerJob, _ head: ResponseHead) { journal.append(.responded(head)) }
    func jobDidWrite(_ job: WorkerJob, _ piece: ByteBuffer) { journal.append(.wrote(piece)) }
    func jobDidConsume(_ job: WorkerJob, bytes: Int) { journal.append(.consumed(bytes)) }
    func jobDidLog(_ job: WorkerJob, _ line: LogLine) { journal.append(.logged(line)) }
    func jobDidCall(_ job: WorkerJob, _ call: HostCall) { journal.append(.called(call)) }
    func jobDidEnd(_ job: WorkerJob, _ result: InvocationResult) { journal.append(.ended(result)) }

    var ends: [InvocationResult] {
        journal.entries.compactMap { if case .ended(let result) = $0 { result } else { nil } }
    }

    func result() async throws -> InvocationResult {
        let event = try await journal.first("the job's end") {
            if case .ended = $0 { true } else { false }
        }
        guard case .ended(let result) = event else {
            throw Journal<Event>.Missing(description: "no end")
        }
        return result
    }
}
