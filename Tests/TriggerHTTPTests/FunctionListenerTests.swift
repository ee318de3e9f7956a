import FunctionModel
import NIOCore
import Testing

@testable import TriggerHTTP

@Suite struct FunctionListenerTests {
    static let every = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    @Test func answersWithWhatTheFunctionGave() async throws {
        try await TestListener.serving([TestListener.hello()]) { host in
            let client = try host.client()
            for _ in 0..<3 {
                try client.send("GET /hello?a=b HTTP/1.1\r\nHost: x\r\nX-One: 1\r\n\r\n")
                let reply = try #require(try client.reply())
                #expect(reply.status == 200)
                #expect(reply.text == "hello")
                #expect(reply["content-type"] == "text/plain")
                #expect(reply["roost-outcome"] == "succeeded")
                #expect(reply["roost-invocation-id"]?.count == 32)
                #expect(reply["server-timing"] == "queue;dur=0.012, run;dur=1.500")
                #expect(reply["date"]?.hasSuffix(" GMT") == true)
                #expect(reply["server"] == nil)
            }
            let request = await host.invoker.latest().request
            #expect(request.http?.query == "a=b")
            #expect(request.http?.headers == [Field("host", "x"), Field("x-one", "1")])
            #expect(request.trigger == .http)
            #expect(request.repeatable)
        }
    }

    @Test func answersHeadWithoutBody() async throws {
        try await TestListener.serving([TestListener.hello()]) { host in
            let client = try host.client()
            try client.send("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n")
            let reply = try #require(try client.reply(toHead: true))
            #expect(reply.status == 200)
            #expect(reply["content-length"] == "5")
            try client.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try client.reply()?.text == "hello")
        }
    }

    @Test func saysWhatAPathTakes() async throws {
        try await TestListener.serving([TestListener.hello()]) { host in
            let client = try host.client()
            try client.send("OPTIONS /hello HTTP/1.1\r\nHost: x\r\n\r\n")
            let options = try #require(try client.reply())
            #expect(options.status == 204)
            #expect(options["allow"] == "GET, HEAD, OPTIONS")
            #expect(options["content-length"] == nil)
            try client.send("POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
            let wrong = try #require(try client.reply())
            #expect(wrong.status == 405)
            #expect(wrong["allow"] == "GET, HEAD, OPTIONS")
            try client.send("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
            let missing = try #require(try client.reply())
            #expect(missing.status == 404)
            #expect(missing["content-type"] == "application/problem+json")
            #expect(missing.text.contains(#""type":"urn:roost:problem:not-found""#))
            try client.send("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try client.reply()?.status == 204)
        }
    }

    @Test(arguments: [(["GET", "OPTIONS"], 200), (["GET"], 204), (every, 204)])
    func leavesOptionsToAFunctionThatNamesIt(_ methods: [String], _ status: Int) async throws {
        try await TestListener.serving([TestListener.hello("/f", methods)]) { host in
            let client = try host.client()
            try client.send("OPTIONS /f HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try client.reply()?.status == status)
        }
    }

    @Test func keepsToWhatTheClientSaysOfTheConnection() async throws {
        try await TestListener.serving([TestListener.hello()]) { host in
            let last = try host.client()
            try last.send("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(try last.reply()?["connection"] == "close")
            #expect(try last.rest() == "")
            let old = try host.client()
            try old.send("GET /hello HTTP/1.0\r\n\r\n")
            #expect(try old.reply()?["connection"] == "close")
            #expect(try old.rest() == "")
            let kept = try host.client()
            for _ in 0..<2 {
                try kept.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                #expect(try kept.reply()?["connection"] == "keep-alive")
            }
        }
    }

    @Test func collectsABodyHoweverItComes() async throws {
        try await TestListener.serving([TestListener.echo()]) { host in
            let client = try host.client()
            try client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc")
            try client.send("def")
            #expect(try client.reply()?.text == "abcdef")
            try client.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
            try client.send("3\r\nabc\r\n4;x=y\r\ndefg\r\n")
            try client.send("0\r\nTrailer: 1\r\n\r\n")
            #expect(try client.reply()?.text == "abcdefg")
            try client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
            #expect(try client.reply()?.status == 200)
        }
    }

    @Test func asksForTheBodyOfAClientThatWaits() async throws {
        try await TestListener.serving([TestListener.echo(requestSize: .init(bytes: 10))]) { host in
            let client = try host.client()
            let start = "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
            try client.send("\(start)Content-Length: 2\r\n\r\n")
            #expect(try client.reply()?.status == 100)
            try client.send("ab")
            #expect(try client.reply()?.text == "ab")
            try client.send("\(start)Content-Length: 11\r\n\r\n")
            let refused = try #require(try client.reply())
            #expect(refused.status == 413)
            #expect(refused["connection"] == "close")
            #expect(try client.rest() == "")
        }
    }

    @Test func refusesABodyThatIsTooLarge() async throws {
        try await TestListener.serving([TestListener.echo(requestSize: .init(bytes: 10))]) { host in
            let client = try host.client()
            try client.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
            try client.send("a\r\n0123456789\r\n1\r\nx\r\n")
            #expect(try client.reply()?.status == 413)
            #expect(try client.rest() == "")
            let exact = try host.client()
            try exact.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n0123456789")
            #expect(try exact.reply()?.status == 200)
        }
    }

    @Test func holdsNoMoreBodiesThanItMay() async throws {
        var limits = ListenerLimits()
        limits.bodies = .init(bytes: 1_000)
        try await TestListener.serving([TestListener.echo()], limits: limits) { host in
            let start = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 600\r\n\r\n"
            let body = String(repeating: "a", count: 600)
            let first = try host.client()
            // What an answered request held is free again.
            for _ in 0..<3 {
                try first.send(start + body)
                #expect(try first.reply()?.status == 200)
            }
            try first.send(start + body.dropLast())
            while host.listener.heldBodyBytes < 599 { await Task.yield() }
            let second = try host.client()
            try second.send(start + body)
            let refused = try #require(try second.reply())
            #expect(refused.status == 503)
            #expect(refused["retry-after"] == "1")
            try first.send("a")
            #expect(try first.reply()?.status == 200)
        }
    }

    @Test func answersPipelinedRequestsInOrder() async throws {
        let slow = try FakeFunction("/slow") { invocation in
            for _ in 0..<200 { await Task.yield() }
            invocation.observer.invocationDidEnd(
                InvocationResult(outcome: .succeeded, body: ByteBuffer(string: "slow"))
            )
        }
        try await TestListener.serving([slow, TestListener.hello(), TestListener.echo()]) { host in
            let client = try host.client()
            var all = ""
            for number in 0..<500 {
                all += "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"
                all += "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n\(100 + number)"
                all += "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
            }
            try client.send(all)
            for number in 0..<500 {
                #expect(try client.reply()?.text == "slow")
                #expect(try client.reply()?.text == "\(100 + number)")
                #expect(try client.reply()?.status == 404)
            }
        }
    }
}
