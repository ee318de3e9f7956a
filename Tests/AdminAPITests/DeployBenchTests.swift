import FunctionModel
import Testing

@testable import AdminAPI

struct DeployBenchTests {
    @Test func refusesOneMoreThanItHasPlacesFor() throws {
        let bench = DeployBench()
        for _ in 0..<DeployBench.places { try bench.enter() }
        #expect(throws: HostOperationError.self) { try bench.enter() }
        bench.leave()
        try bench.enter()
        #expect(throws: HostOperationError.self) { try bench.enter() }
    }
}
