import CellSupervision
import FunctionModel
import NIOCore
import Testing

@Suite struct CellSupervisorTests {
    @Test func startsACellAndEchoes() async throws {
        try await SupervisedCells.withHostile("echo") { cells in
            let worker = try await cells.start(try cells.plan()).handle()
            let (job, observer) = try cells.job("ping")
            try await cells.submit([job], to: worker)
            let result = try await observer.result()
            #expect(result.outcome == .succeeded)
            #expect(String(buffer: result.body) == "ping")
            #expect(result.head == ResponseHead(status: 200, contentType: "text/plain"))
            #expect(worker.start == .microseconds(2))
        }
    }
}
