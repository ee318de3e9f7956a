import FunctionModel
import NIOCore
import Synchronization
import Testing

@testable import TriggerHTTP

@Suite struct HeadTests {
    @Test func aStreamEndsWithItsHead() async throws {
        let stream = try FakeFunction("/s") { invocation in
            invocation.observer.invocationDidRespond(
                ResponseHead(status: 200, contentType: "text/event-stream")
            )
            _ = await invocation.wait { $0.cancelled != nil }
            invocation.observer.invocationDidEnd(InvocationResult(outcome: .cancelled))
        }
        try await TestListener.serving([stream]) { host in
            let client = try host.client()
            for _ in 0..<2 {
                try client.send("HEAD /s HTTP/1.1\r\nHost: x\r\n\r\n")
                let reply = try #require(try client.reply(toHead: true))
                #expect(reply.status == 200)
                #expect(reply["content-type"] == "text/event-stream")
                #expect(reply.text.isEmpty)
            }
            let all = host.invoker.invocations.withLock { $0 }
            for invocation in all { _ = await invocation.wait { $0.cancelled == .answered } }
        }
    }
}
