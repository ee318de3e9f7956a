import Testing

@testable import AdminAPI

struct ProblemTests {
    @Test(arguments: [("plugin-refused", "Plugin refused"), ("draining", "Draining")])
    func hasItsKindForATitle(kind: String, title: String) {
        let problem = Problem(status: 422, kind: kind, detail: "")
        #expect(problem.title == title)
        #expect(problem.type == "urn:roost:problem:\(kind)")
    }
}
