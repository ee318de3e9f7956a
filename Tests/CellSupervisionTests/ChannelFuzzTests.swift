import CellProtocol
import FunctionModel
import NIOCore
import NIOEmbedded
import SeededRandom
import Synchronization
import Testing

@testable import CellSupervision

/// A worker's channel that says anything at all: each test names its seed, which repeats it.
@Suite struct ChannelFuzzTests {
    @Test(arguments: [1, 0xdead_beef, UInt64.random(in: 0 ... .max)])
    func everyJobEndsOnceWhateverTheWorkerSays(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for round in 0..<300 {
            let bench = try FuzzedWorker()
            try bench.talk(&random)
            bench.close()
            let comment: Comment = "seed \(seed), round \(round)"
            #expect(bench.observer.ends == 1, comment)
            for job in bench.jobs {
                let ends = job.ends.load(ordering: .relaxed)
                let unstarted = bench.observer.unstarted.count { $0.observer === job }
                #expect(ends + unstarted == 1, comment)
                #expect(job.afterEnd.load(ordering: .relaxed) == 0, comment)
            }
        }
    }

    @Test func violationEndsTheChannel() throws {
        let bench = try FuzzedWorker()
        try bench.channel.writeInbound(
            ByteBuffer(bytes: [0, 0, 0, 0, 99, 0, 0, 0] + [UInt8](repeating: 0, count: 8))
        )
        #expect(bench.violations.value.load(ordering: .relaxed) == 1)
        #expect(bench.observer.ends == 1)
        #expect(!bench.channel.isActive)
        bench.close()
        #expect(bench.observer.ends == 1)
    }
}
