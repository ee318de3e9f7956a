import FunctionModel
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import TriggerHTTP

@Suite struct LifetimeTests {
    static let hello = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"
    static let hang = "GET /hang HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test func cancelsWhatACallerNoLongerWaitsFor() async throws {
        try await TestListener.serving([hanging()]) { host in
            let client = try host.client()
            try client.send(Self.hang)
            let invocation = await host.invoker.latest()
            client.close()
            #expect(await invocation.wait { $0.cancelled != nil }.cancelled == .caller)
        }
    }

    @Test func answersAClientThatOnlyStopsSending() async throws {
        try await TestListener.serving([hanging(), TestListener.hello()]) { host in
            for version in ["1.0", "1.1"] {
                let client = try host.client()
                try client.send(
                    "GET /hang HTTP/\(version)\r\nHost: x\r\nConnection: close\r\n\r\n"
                )
                client.shutdownWriting()
                let invocation = await host.invoker.latest(version == "1.0" ? 1 : 2)
                if version == "1.1" { #expect(try client.reply()?.status == 100) }
                invocation.observer.invocationDidEnd(
                    InvocationResult(outcome: .succeeded, body: ByteBuffer(string: "late"))
                )
                #expect(try client.reply()?.text == "late")
                #expect(try client.rest() == "")
            }
            let two = try host.client()
            try two.send(Self.hello + Self.hello)
            two.shutdownWriting()
            let text = try two.rest()
            #expect(text.components(of: "roost-outcome: succeeded") == 2)
        }
    }

    @Test func closesAClientThatStopsInTheMiddle() async throws {
        try await TestListener.serving([TestListener.echo()]) { host in
            let client = try host.client()
            try client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
            client.shutdownWriting()
            #expect(try client.rest().hasPrefix("HTTP/1.1 400 "))
            #expect(host.invoker.invocations.withLock { $0.isEmpty })
        }
    }

    @Test func drainsWithoutLosingARequest() async throws {
        try await TestListener.serving([hanging(), TestListener.hello()]) { host in
            let idle = try host.client()
            try idle.send(Self.hello)
            #expect(try idle.reply()?.status == 200)
            let busy = try host.client()
            try busy.send(Self.hang)
            let invocation = await host.invoker.latest(2)
            async let drained: Void = host.listener.drain(within: .seconds(20))
            #expect(try idle.rest() == "")
            invocation.observer.invocationDidEnd(
                InvocationResult(outcome: .succeeded, body: ByteBuffer(string: "done"))
            )
            // It may not have heard of the drain before its reply; then no `close` is said in there.
            #expect(try busy.reply()?.text == "done")
            #expect(try busy.rest() == "")
            try await drained
            // Another listener may have been given the port meanwhile; this one takes nobody.
            do { _ = try host.client() } catch is RawClient.Failure {}
            #expect(host.listener.connections == 0)
        }
    }

    @Test func endsTheDrainAtItsDeadline() async throws {
        try await TestListener.serving([hanging()]) { host in
            let busy = try host.client()
            try busy.send(Self.hang)
            let invocation = await host.invoker.latest()
            try await host.listener.drain(within: .milliseconds(20))
            #expect(try busy.rest() == "")
            #expect(await invocation.wait { $0.cancelled != nil }.cancelled == .caller)
        }
    }

    @Test func refusesOneConnectionTooMany() async throws {
        var limits = ListenerLimits()
        limits.connections = 2
        try await TestListener.serving([TestListener.hello()], limits: limits) { host in
            let first = try host.client()
            let second = try host.client()
            for client in [first, second] {
                try client.send(Self.hello)
                #expect(try client.reply()?.status == 200)
            }
            let third = try host.client()
            let reply = try #require(try third.reply())
            #expect(reply.status == 503)
            #expect(reply["retry-after"] == "1")
            #expect(try third.rest() == "")
        }
    }

    /// Who says something must have the time to begin with it, which counts as idle.
    @Test(
        arguments: [
            ("", "", .milliseconds(50)),
            ("GET /hello HTTP/1.1\r\nHost", "HTTP/1.1 408 ", .seconds(20)),
            (
                "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab", "HTTP/1.1 408 ",
                .seconds(20)
            ),
            // What had come with the first request may leave it to the idle time to end this.
            ("\(hello)GET /hello HTTP", "HTTP/1.1 200 ", .seconds(3)),
        ] as [(String, String, TimeAmount)]
    )
    func endsWhatTakesTooLong(_ sent: String, _ answer: String, _ idle: TimeAmount) async throws {
        var limits = ListenerLimits()
        limits.headerTime = .milliseconds(50)
        limits.idleTime = idle
        limits.bodyTime = .milliseconds(50)
        try await TestListener.serving(
            [TestListener.hello(), TestListener.echo()],
            limits: limits
        ) { host in
            let client = try host.client()
            try client.send(sent)
            let text = try client.rest()
            #expect(text.hasPrefix(answer))
            #expect(answer != "" || text == "")
        }
    }

    @Test func endsABodyThatTricklesIn() async throws {
        var limits = ListenerLimits()
        limits.bodyTime = .milliseconds(100)
        limits.bodyRate = 1_000_000
        try await TestListener.serving([TestListener.echo()], limits: limits) { host in
            let client = try host.client()
            try client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n")
            while client.sendWithoutWaiting([1]) == 1 { await Task.yield() }
            #expect(try client.rest().hasPrefix("HTTP/1.1 "))
        }
    }

    @Test func refusesAPublicAddressWithoutBeingAsked() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var configuration = FunctionListener.Configuration(host: "0.0.0.0", port: 0)
        func listener() -> FunctionListener {
            FunctionListener(
                configuration: configuration,
                invoker: FakeInvoker([]),
                group: group,
                logger: Logger(label: "test")
            )
        }
        await #expect(throws: ListenerError.notLoopback("0.0.0.0")) { try await listener().bind() }
        configuration.allowPublic = true
        let allowed = listener()
        let address = try await allowed.bind()
        var taken = FunctionListener.Configuration(port: address.port ?? 0)
        taken.allowPublic = true
        configuration = taken
        await #expect(throws: ListenerError.self) { try await listener().bind() }
        try await allowed.drain(within: .zero)
        try await group.shutdownGracefully()
    }

    @Test func stopsWhenItsTaskIsCancelled() async throws {
        try await TestListener.serving([hanging()]) { host in
            let serving = Task { try await host.listener.run() }
            let client = try host.client()
            try client.send(Self.hang)
            _ = await host.invoker.latest()
            serving.cancel()
            try await serving.value
            #expect(try client.rest() == "")
        }
    }

    private func hanging() throws -> FakeFunction { try FakeFunction("/hang") { _ in } }
}

extension String {
    /// How often a text occurs.
    func components(of part: String) -> Int {
        var count = 0
        var rest = self[...]
        while let range = rest.firstRange(of: part) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}
