import CellProtocol
import FunctionModel
import Logging
import NIOCore
import NIOEmbedded
import Platform
import SeededRandom
import Synchronization

@testable import CellSupervision

/// Counts what a job is told.
final class CountingJob: WorkerJobObserver {
    let ends = Atomic(0)
    let afterEnd = Atomic(0)

    private func hear() {
        if ends.load(ordering: .relaxed) > 0 { afterEnd.add(1, ordering: .relaxed) }
    }

    func jobDidRespond(_ job: WorkerJob, _ head: ResponseHead) { hear() }
    func jobDidWrite(_ job: WorkerJob, _ piece: ByteBuffer) { hear() }
    func jobDidConsume(_ job: WorkerJob, bytes: Int) { hear() }
    func jobDidLog(_ job: WorkerJob, _ line: LogLine) { hear() }
    func jobDidCall(_ job: WorkerJob, _ call: HostCall) { hear() }
    func jobDidEnd(_ job: WorkerJob, _ result: InvocationResult) {
        ends.add(1, ordering: .relaxed)
    }
}

/// Counts what a worker's observer is told.
final class CountingWorker: WorkerObserver {
    private let state = Mutex<(ends: Int, unstarted: [WorkerJob])>((0, []))

    var ends: Int { state.withLock(\.ends) }
    var unstarted: [WorkerJob] { state.withLock(\.unstarted) }

    func workerDidStart(_ worker: any WorkerHandle) {}
    func workerDidEnd(
        _ worker: (any WorkerHandle)?,
        reason: WorkerEnd,
        unstarted: [WorkerJob]
    ) {
        state.withLock { state in
            state.ends += 1
            state.unstarted += unstarted
        }
    }
}

/// A number that several may raise.
final class Count: Sendable {
    let value = Atomic(0)
}

/// A worker of the host with a full window, and the other end of its channel.
final class FuzzedWorker {
    let channel = EmbeddedChannel()
    let observer = CountingWorker()
    let jobs = (0..<WorkerWindow.slots).map { _ in CountingJob() }
    let violations: Count
    private let page: SharedPage
    private let worker: CellWorker

    init() throws {
        page = try SharedPage.make().page
        let violations = Count()
        self.violations = violations
        let probe = ProbeRequest(imagePath: "", entrySymbol: "", timeout: .seconds(1)) { _ in }
        worker = CellWorker(
            assignment: WorkerAssignment(worker: 1, cell: 1, probe: probe),
            eventLoop: channel.eventLoop,
            page: SlotPage(page),
            logger: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() },
            observer: observer
        ) { notice in
            if case .violated = notice { violations.value.add(1, ordering: .relaxed) }
        }
        try channel.pipeline.syncOperations.addHandler(worker)
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/none")).wait()
        var writer = FrameWriter()
        ReadyFrame.write(to: &writer, load: 1, start: 1, functions: 1, manifest: [])
        try channel.writeInbound(ByteBuffer(bytes: writer.bytes))
        for job in jobs {
            let name = try FunctionName(plugin: "echo", function: "echo")
            let body = ByteBuffer(string: "body")
            let request = InvocationRequest(
                id: InvocationID(),
                function: name,
                trigger: .operator,
                body: body
            )
            worker.submit(
                WorkerJob(
                    request: request,
                    functionIndex: 0,
                    quota: Quota(),
                    deadline: .distantFuture,
                    observer: job
                )
            )
        }
    }

    /// Says up to 40 things: right ones, nearly right ones, and nonsense.
    func talk(_ random: inout SeededGenerator) throws {
        for _ in 0..<40 where channel.isActive {
            let entry = worker.state.entries.first
            let slot = UInt16(entry?.slot ?? 0)
            let sequence = entry?.sequence ?? 1
            if Bool.random(using: &random) {
                let word = SlotWord(sequence: sequence, state: .started).rawValue
                page.store(Int(slot) * SlotWord.stride, word)
            }
            var bytes = frame(slot, sequence, &random)
            switch Int.random(in: 0..<12, using: &random) {
            case 0: bytes = random.mutate(bytes)
            case 1: bytes = random.bytes(Int.random(in: 1...64, using: &random))
            default: break
            }
            while !bytes.isEmpty, channel.isActive {
                let count = Int.random(in: 1...bytes.count, using: &random)
                try channel.writeInbound(ByteBuffer(bytes: bytes.prefix(count)))
                bytes.removeFirst(count)
            }
        }
    }

    func close() {
        if channel.isActive { channel.close(promise: nil) }
        channel.embeddedEventLoop.run()
    }

    private func frame(
        _ slot: UInt16,
        _ sequence: UInt64,
        _ random: inout SeededGenerator
    ) -> [UInt8] {
        var writer = FrameWriter()
        let responded = worker.state.entries.first?.responded == true
        switch Int.random(in: 0..<6, using: &random) {
        case 0 where !responded:
            RespondFrame.write(
                to: &writer,
                slot: slot,
                sequence: sequence,
                status: 200,
                contentType: ""
            )
        case 1 where responded:
            let piece = random.bytes(100)
            writer.frame(FrameHeader(kind: .piece, slot: slot, sequence: sequence)) {
                $0.raw(piece)
            }
        case 2:
            LogFrame.write(
                to: &writer,
                slot: slot,
                sequence: sequence,
                level: 2,
                time: 0,
                message: random.bytes(50)
            )
        case 3:
            CallFrame.write(
                to: &writer,
                slot: slot,
                sequence: sequence,
                number: UInt32.random(in: 0...1_000, using: &random),
                operation: 1,
                timeout: 0,
                name: "a.b",
                contentType: "",
                bodyCount: 0
            )
        default:
            EndHead(code: .succeeded).write(
                to: &writer,
                slot: slot,
                sequence: sequence,
                flags: responded ? EndFrame.streamed : 0
            )
        }
        return writer.bytes
    }
}
