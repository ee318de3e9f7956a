import FunctionSDK
import FunctionTesting
import Testing

private let plugin = Plugin("streams") {
    Function("count") { (stream: RequestStream, context) -> [Int] in
        var sizes: [Int] = []
        while let piece = try stream.readNext() { sizes.append(piece.count) }
        return sizes
    }
    Function("count-async") { (stream: RequestStream, context) async throws -> [Int] in
        var sizes: [Int] = []
        for try await piece in stream { sizes.append(piece.count) }
        return sizes
    }
    Function("small-reads") { (stream: RequestStream, context) -> [UInt8] in
        var all: [UInt8] = []
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 3, alignment: 1)
        defer { buffer.deallocate() }
        while case let count = try stream.read(into: buffer), count > 0 {
            all.append(contentsOf: buffer.prefix(count))
        }
        return all
    }
    Function("write", streaming: .response) { (count: Int, context) in
        try context.stream.start(status: 206, contentType: "x/y", headers: ["a": "b"])
        for index in 0..<count { try context.stream.write("\(index) ") }
    }
    Function("write-async", streaming: .response) { (count: Int, context) async throws in
        for index in 0..<count { try await context.stream.write("\(index) ") }
    }
    Function("write-large") { (count: Int, context) in
        try context.stream.write([UInt8](repeating: 1, count: count))
    }
    Function("fail-midway") { (count: Int, context) in
        try context.stream.write("begin")
        throw FunctionError(status: 418, message: "broke")
    }
    Function("events") { (count: Int, context) async throws in
        let events = try context.events()
        for index in 0..<count {
            try await events.send(
                ServerSentEvent(data: "line\n\(index)", event: "tick", id: "\(index)")
            )
            try await context.sleep(for: .seconds(1))
        }
    }
}

@Suite struct StreamTests {
    let host: TestHost
    init() throws { host = try TestHost(plugin, world: TestWorld(window: 8)) }

    @Test(arguments: ["count", "count-async"])
    func readsPiecesAsTheyArrive(function: String) async throws {
        let pieces = [[1, 2], [3, 4, 5], [6]].map { $0.map(UInt8.init) }
        let reply = await host.invoke(function, TestEvent().stream(pieces))
        #expect(try reply.decode([Int].self) == [2, 3, 1])
        #expect(reply.violations == [])
    }

    @Test(arguments: ["count", "count-async"])
    func anEmptyBodyEndsAtOnce(function: String) async throws {
        #expect(try await host.invoke(function).decode([Int].self) == [])
    }

    @Test func readsIntoMemoryOfTheAuthors() async {
        let pieces: [[UInt8]] = [[1, 2, 3, 4], [5], [6, 7]]
        let reply = await host.invoke("small-reads", TestEvent().stream(pieces))
        #expect(reply.body == [1, 2, 3, 4, 5, 6, 7])
    }

    @Test(arguments: ["write", "write-async"])
    func writingWaitsForASlowReader(function: String) async throws {
        let reply = try await host.invoke(function, .json(20))
        #expect(reply.text == (0..<20).map { "\($0) " }.joined())
        #expect(reply.pieces.count == 20)
        #expect(reply.blockedWrites > 3)
        #expect(!reply.failed)
    }

    @Test func aStreamHasItsOwnHead() async throws {
        let reply = try await host.invoke("write", .json(1))
        #expect(reply.status == 206)
        #expect(reply.contentType == "x/y")
        #expect(reply.headers["A"] == "b")
    }

    @Test func largeWritesGoOutInPieces() async throws {
        let reply = try await host.invoke("write-large", .json(200_000))
        #expect(reply.body.count == 200_000)
        #expect(reply.pieces.allSatisfy { $0.count <= 64 << 10 })
    }

    @Test func aFailureAfterTheStartKeepsWhatWasSent() async throws {
        let reply = try await host.invoke("fail-midway", .json(1))
        #expect(reply.failed)
        #expect(reply.text == "begin")
        #expect(reply.errorMessage == "broke")
    }

    @Test func sendsServerSentEvents() async throws {
        let reply = try await host.invoke("events", .json(2))
        #expect(reply.contentType == "text/event-stream")
        #expect(
            reply.text == """
                event: tick
                id: 0
                data: line
                data: 0

                event: tick
                id: 1
                data: line
                data: 1


                """
        )
    }

    @Test(arguments: ["write", "write-async", "events"])
    func aCallerWhoLeavesEndsTheHandler(function: String) async throws {
        let reply = try await host.invoke(function, .json(1_000_000), leavingAfter: 3)
        #expect(reply.pieces.count == 3)
        #expect(reply.errorType == "CancellationError")
    }
}
