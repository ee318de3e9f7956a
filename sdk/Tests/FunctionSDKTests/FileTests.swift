import FoundationEssentials
import FunctionSDK
import FunctionTesting
import Testing

private let plugin = Plugin("inbox") {
    Function(
        "take",
        .files(
            "in",
            matching: "*.csv",
            kinds: [.added],
            stableFor: .seconds(2),
            parallelism: 2,
            order: .oldest,
            afterwards: .move,
            largest: .mebibytes(1)
        )
    ) { (file: FileEvent, context) async throws in
        let opened = try await context.open(file)
        let first = try opened.read(upTo: 2)
        let rest = try opened.readAll()
        opened.close()
        return "\(file.name) \(first.count)+\(rest.count)"
    }
    Function("all", .files("in2", batch: 10)) { (files: [FileEvent], context) throws in
        try files.reduce(0) { try $0 + context.read($1, limit: 4).count }
    }
    Function("later", .files("in3", batch: 10)) { (files: [FileEvent], context) async throws in
        var count = 0
        for file in files { count += try await context.read(file).count }
        return count
    }
}

@Suite struct FileTests {
    private func host(_ files: [String: String]) throws -> TestHost {
        try TestHost(plugin, world: TestWorld(files: files.mapValues { Array($0.utf8) }))
    }

    @Test func declaresWhatItWatches() throws {
        let manifest = try host([:]).manifest
        #expect(
            manifest.contains(
                #"{"files":{"directory":"in","matching":["*.csv"],"kinds":["added"],"#
                    + #""stableForMilliseconds":2000,"parallelism":2,"order":"oldest","#
                    + #""afterwards":"move","largestBytes":1048576}}"#
            ),
            "\(manifest)"
        )
        #expect(manifest.contains(#"{"files":{"directory":"in2","batch":10}}"#), "\(manifest)")
    }

    @Test func readsTheFileOfItsEvent() async throws {
        let reply = await (try host(["b/a.csv": "12345"])).invoke(
            "take",
            try .json(FileEvent(path: "b/a.csv", kind: .added))
        )
        #expect(reply.text == "a.csv 2+3")
        #expect(reply.violations.isEmpty)
    }

    @Test func readsManyAndNoMoreThanItWants() async throws {
        let host = try host(["a": "1234", "b": "12", "c": "12345"])
        func events(_ paths: String...) throws -> TestEvent {
            try .json(paths.map { FileEvent(path: $0, kind: .added) })
        }
        #expect(await host.invoke("all", try events("a", "b")).text == "6")
        let reply = await host.invoke("all", try events("a", "c"))
        #expect(reply.failed)
        #expect(reply.errorMessage.contains("more than 4 bytes"))
    }

    @Test func failsByHandForAFileThatIsGone() async throws {
        let event = try TestEvent.json(FileEvent(path: "x.csv", kind: .added))
        let reply = await (try host([:])).invoke("take", event)
        #expect(reply.failed)
        #expect(reply.errorMessage.contains("is gone"))
    }

    private func batch(_ paths: [String], attempt: Int) throws -> TestEvent {
        let body = try JSONEncoder().encode(paths.map { FileEvent(path: $0, kind: .added) })
        var event = TestEvent(.file, body: Array(body), contentType: "application/json")
        event.attempt = attempt
        return event
    }

    @Test(arguments: ["all", "later"])
    func aBatchOfWhichOneHasChangedIsTriedAgainWithoutIt(name: String) async throws {
        let host = try host(["a": "1234", "c": "12"])
        let first = await host.invoke(name, try batch(["a", "b", "c"], attempt: 1))
        #expect(first.failed)
        #expect(first.retryable)
        #expect(first.errorMessage.contains("'b' is gone"))
        let second = await host.invoke(name, try batch(["a", "b", "c"], attempt: 2))
        #expect(second.text == "6")
        #expect(second.violations.isEmpty)
        let third = await host.invoke(name, try batch(["b", "d"], attempt: 2))
        #expect(!third.failed)
        #expect(third.text.isEmpty)
    }

    @Test func aFileThatHasChangedIsNothingToDo() async throws {
        let event = try TestEvent.file(FileEvent(path: "x.csv", kind: .added))
        let reply = await (try host([:])).invoke("take", event)
        #expect(!reply.failed)
        #expect(reply.text.isEmpty)
    }

    @Test func keepsNamesThatAreNoText() throws {
        let text = #"{"id":"1","path":"f\ufffd","kind":"added","rawPath":"66ff"}"#
        let event = try JSONDecoder().decode(FileEvent.self, from: Data(text.utf8))
        #expect(event.pathBytes == [0x66, 0xff])
        #expect(event.size == nil)
    }
}
