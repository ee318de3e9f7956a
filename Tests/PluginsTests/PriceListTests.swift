import FunctionSDK
import FunctionTesting
import Testing

@testable import PriceList

@Suite struct PriceListTests {
    private func host(_ files: [String: String]) throws -> TestHost {
        try TestHost(priceList, world: TestWorld(files: files.mapValues { Array($0.utf8) }))
    }

    private func added(_ path: String) -> FileEvent { FileEvent(path: path, kind: .added) }

    @Test func keepsPricesAndKnowsThemAgain() async throws {
        let host = try host(["a.csv": "pen,120\nink, 300\n", "b.csv": "pen,125\nink,300"])
        let first: Import = try await host.call("import", added("a.csv"))
        #expect(first == Import(file: "a.csv", new: 2))
        let second: Import = try await host.call("import", added("b.csv"))
        #expect(second == Import(file: "b.csv", changed: 1, same: 1))
        let again: Import = try await host.call("import", added("b.csv"))
        #expect(again == Import(file: "b.csv", same: 2))
    }

    @Test func saysWhichRowsAreBadAndKeepsTheOthers() async throws {
        let host = try host(["a.csv": "pen,120\nink\n,7\nnib,-1\ncap,x\n", "b.csv": "pen,120"])
        let reply = await host.invoke("import", try .json(added("a.csv")))
        #expect(reply.failed)
        #expect(!reply.retryable)
        #expect(
            reply.errorMessage
                == "1 rows were imported, 4 are bad: row 2 has 1 fields instead of 2; "
                + "row 3 has no sku; row 4: '-1' is no number of cents; row 5: 'x' is no number of cents"
        )
        let next: Import = try await host.call("import", added("b.csv"))
        #expect(next.same == 1)
    }

    @Test func doesNothingAboutAFileThatIsGone() async throws {
        let reply = await (try host([:])).invoke("import", try .json(added("a.csv")))
        // By hand it is an error; for a file's event it would be none.
        #expect(reply.errorMessage.contains("gone"))
    }
}
