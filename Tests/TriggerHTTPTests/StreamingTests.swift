import FunctionModel
import NIOCore
import Synchronization
import Testing

@testable import TriggerHTTP

@Suite struct StreamingTests {
    static func get(_ path: String, _ version: String = "1.1") -> String {
        "GET \(path) HTTP/\(version)\r\nHost: x\r\n\r\n"
    }

    @Test func sendsEachPieceAtOnce() async throws {
        let events = try FakeFunction("/events") { invocation in
            invocation.observer.invocationDidRespond(
                ResponseHead(status: 200, contentType: "text/event-stream")
            )
            // Each event is sent only when the client has taken the one before.
            for number in 1...3 {
                await invocation.write(ByteBuffer(string: "data: \(number)\n\n"))
                _ = await invocation.wait { $0.body.count >= number }
            }
            invocation.observer.invocationDidEnd(InvocationResult(outcome: .succeeded))
        }
        try await TestListener.serving([events, TestListener.hello()]) { host in
            let client = try host.client()
            try client.send(Self.get("/events"))
            let head = try #require(try client.text(upTo: "\r\n\r\n"))
            #expect(head.contains("transfer-encoding: chunked"))
            #expect(head.contains("roost-invocation-id: "))
            #expect(!head.contains("content-length"))
            let invocation = await host.invoker.latest()
            for number in 1...3 {
                #expect(try client.text(upTo: "\r\n") == "9\r\n")
                #expect(try client.text(upTo: "\r\n") == "data: \(number)\n\n\r\n")
                invocation.sendBody(ByteBuffer(string: "."), end: false)
            }
            #expect(try client.text(upTo: "\r\n\r\n") == "0\r\n\r\n")
            try client.send(Self.get("/hello"))
            #expect(try client.reply()?.text == "hello")
        }
    }

    @Test func endsTheStreamWithTheConnectionInHTTP10() async throws {
        try await TestListener.serving([stream(pieces: 3, of: 10)]) { host in
            let client = try host.client()
            try client.send(Self.get("/stream", "1.0"))
            let reply = try #require(try client.reply())
            #expect(reply["transfer-encoding"] == nil)
            #expect(reply["connection"] == "close")
            #expect(reply.body.count == 30)
        }
    }

    @Test func sendsNoStreamForHead() async throws {
        try await TestListener.serving([stream(pieces: 3, of: 10), TestListener.hello()]) { host in
            let client = try host.client()
            try client.send("HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try client.reply(toHead: true)?.status == 200)
            try client.send(Self.get("/hello"))
            #expect(try client.reply()?.text == "hello")
            let invocation = await host.invoker.latest()
            #expect(await invocation.wait { $0.cancelled != nil }.cancelled == .answered)
        }
    }

    @Test func cutsOffAStreamThatFails() async throws {
        let broken = try FakeFunction("/broken") { invocation in
            invocation.observer.invocationDidRespond(ResponseHead(status: 200))
            await invocation.write(ByteBuffer(string: "half"))
            invocation.observer.invocationDidEnd(InvocationResult(outcome: .crashed))
        }
        try await TestListener.serving([broken]) { host in
            let client = try host.client()
            try client.send(Self.get("/broken"))
            #expect(try client.reply() == nil)
        }
    }

    @Test func holdsBackAFunctionWhoseClientDoesNotRead() async throws {
        let written = Mutex(0)
        let flood = try FakeFunction("/flood") { invocation in
            invocation.observer.invocationDidRespond(ResponseHead(status: 200))
            for _ in 0..<1_024 {
                await invocation.write(ByteBuffer(repeating: 7, count: 64 << 10))
                written.withLock { $0 += 64 << 10 }
            }
            invocation.observer.invocationDidEnd(InvocationResult(outcome: .succeeded))
        }
        try await TestListener.serving([flood, TestListener.hello()]) { host in
            let slow = try host.client(receiveBuffer: 64 << 10)
            try slow.send(Self.get("/flood"))
            let invocation = await host.invoker.latest()
            _ = await invocation.wait { $0.credit == 0 }
            // Others are served meanwhile, and the function stays where it is.
            let other = try host.client()
            for _ in 0..<100 {
                try other.send(Self.get("/hello"))
                #expect(try other.reply()?.text == "hello")
            }
            // What the window allows, and what the system's buffers swallow.
            #expect(written.withLock { $0 } < StreamWindow.bytes + (16 << 20))
            #expect(try slow.reply()?.body.count == 64 << 20)
        }
    }

    @Test func handsOnABodyAsItArrives() async throws {
        let upload = try FakeFunction("/upload", ["POST"], streams: true) { invocation in
            let first = await invocation.wait { $0.body.count >= 3 || $0.ended }
            invocation.observer.invocationDidConsume(bytes: first.body.count)
            let all = await invocation.wait { $0.ended }
            invocation.observer.invocationDidEnd(
                InvocationResult(
                    outcome: .succeeded,
                    body: ByteBuffer(string: "\(all.body.count)")
                )
            )
        }
        try await TestListener.serving([upload]) { host in
            let client = try host.client()
            let start = "POST /upload HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
            try client.send("\(start)Content-Length: 6\r\n\r\n")
            #expect(try client.reply()?.status == 100)
            try client.send("abc")
            let invocation = await host.invoker.latest()
            _ = await invocation.wait { $0.body.count == 3 }
            try client.send("def")
            #expect(try client.reply()?.text == "6")
            try client.send("\(start)Content-Length: 0\r\n\r\n")
            #expect(try client.reply()?.status == 200)
        }
    }

    @Test func readsNoFasterThanTheFunction() async throws {
        let lazy = try FakeFunction("/lazy", ["POST"], streams: true) { invocation in
            _ = await invocation.wait { $0.body.count >= StreamWindow.bytes }
            _ = await invocation.wait { $0.released }
            var taken = 0
            while true {
                let state = await invocation.wait { [taken] in $0.ended || $0.body.count > taken }
                invocation.observer.invocationDidConsume(bytes: state.body.count - taken)
                taken = state.body.count
                if state.ended { break }
            }
            invocation.observer.invocationDidEnd(
                InvocationResult(outcome: .succeeded, body: ByteBuffer(string: "\(taken)"))
            )
        }
        try await TestListener.serving([lazy]) { host in
            let client = try host.client()
            let size = 32 << 20
            try client.send("POST /lazy HTTP/1.1\r\nHost: x\r\nContent-Length: \(size)\r\n\r\n")
            let invocation = await host.invoker.latest()
            var sent = 0
            let piece = [UInt8](repeating: 1, count: 64 << 10)
            // Fill the window and the system's buffers.
            var idle = 0
            while sent < size,
                idle < 1_000 || invocation.now.body.count < StreamWindow.bytes
            {
                let count = client.sendWithoutWaiting(Array(piece.prefix(size - sent)))
                sent += max(0, count)
                idle = count > 0 ? 0 : idle + 1
                await Task.yield()
            }
            let stuck = await invocation.wait { $0.body.count >= StreamWindow.bytes }
            #expect(stuck.body.count == StreamWindow.bytes)
            #expect(sent < size)
            invocation.release()
            try client.send([UInt8](repeating: 1, count: size - sent))
            #expect(try client.reply()?.text == "\(size)")
        }
    }

    @Test func answersBeforeTheBodyIsComplete() async throws {
        let early = try FakeFunction("/early", ["POST"], streams: true) { invocation in
            invocation.observer.invocationDidEnd(
                InvocationResult(outcome: .succeeded, body: ByteBuffer(string: "enough"))
            )
        }
        try await TestListener.serving([early, TestListener.hello()]) { host in
            let client = try host.client()
            // A short rest is read for the sake of the connection.
            try client.send("POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n")
            #expect(try client.reply()?.text == "enough")
            try client.send("abcde" + Self.get("/hello"))
            #expect(try client.reply()?.text == "hello")
            // A long one isn't.
            try client.send("POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n")
            let reply = try #require(try client.reply())
            #expect(reply.text == "enough")
            #expect(reply["connection"] == "close")
        }
    }

    private func stream(pieces: Int, of size: Int) throws -> FakeFunction {
        try FakeFunction("/stream") { invocation in
            invocation.observer.invocationDidRespond(ResponseHead(status: 200))
            for _ in 0..<pieces { await invocation.write(ByteBuffer(repeating: 65, count: size)) }
            invocation.observer.invocationDidEnd(InvocationResult(outcome: .succeeded))
        }
    }
}
