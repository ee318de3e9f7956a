import FunctionModel
import NIOCore
import SeededRandom
import Testing

@testable import TriggerHTTP

/// Random damage to good requests: the listener always answers with HTTP or closes, and goes on.
@Suite struct FuzzTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func survivesAnyBytes(_ seed: UInt64) async throws {
        var limits = ListenerLimits()
        limits.lingerTime = .milliseconds(5)
        let stream = try FakeFunction("/stream", ["POST"], streams: true) { invocation in
            let state = await invocation.wait { $0.ended || $0.cancelled != nil }
            invocation.observer.invocationDidRespond(ResponseHead(status: 200))
            await invocation.write(ByteBuffer(bytes: state.body))
            invocation.observer.invocationDidEnd(InvocationResult(outcome: .succeeded))
        }
        try await TestListener.serving(
            [TestListener.hello(), TestListener.echo(), stream],
            limits: limits
        ) { host in
            var random = SeededGenerator(seed: seed)
            for round in 0..<150 {
                let client = try host.client()
                let bytes = Self.damaged(&random)
                // The listener may have closed before everything is sent.
                do { try client.send(bytes) } catch is RawClient.Failure {}
                client.shutdownWriting()
                let answer = try client.rest()
                #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 "), "seed \(seed), \(round)")
            }
            let client = try host.client()
            try client.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try client.reply()?.text == "hello")
        }
    }

    static let seeds = [
        "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcde",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "POST /stream HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
        "HEAD /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n",
    ]

    private static func damaged(_ random: inout SeededGenerator) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0...Int.random(in: 0...3, using: &random) {
            bytes += Array((seeds.randomElement(using: &random) ?? "").utf8)
        }
        for _ in 0..<Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0...3, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.remove(at: place)
            case 2:
                bytes.insert(contentsOf: [13, 10, 32, 58, 0].shuffled(using: &random), at: place)
            default: bytes.removeSubrange(place...)
            }
        }
        return bytes
    }
}
