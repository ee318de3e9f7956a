import FunctionSDK
import FunctionTesting
import Testing

struct Seen: Codable, Equatable {
    var id = ""
    var name = ""
    var attempt = 0
    var trigger: UInt32 = 99
    var traceparent: String?
    var tracestate: String?
    var method: String?
    var path: String?
    var query: String?
    var agent: String?
    var headers = 0
    var order: String?
    var greeting: String?
    var key: String?
    var missing: String?
}

private let plugin = Plugin("ctx") {
    Function("see") { (body: RawRequest, context) in
        Seen(
            id: context.invocationID,
            name: context.functionName,
            attempt: context.attempt,
            trigger: context.trigger.rawValue,
            traceparent: context.traceparent,
            tracestate: context.tracestate,
            method: context.request?.method,
            path: context.request?.path,
            query: context.request?.queryValue("a b"),
            agent: context.request?.header("User-Agent"),
            headers: context.request?.headers.count ?? 0,
            order: context.request?.parameters["id"],
            greeting: context.configuration("greeting"),
            key: context.secret("key"),
            missing: context.configuration("absent")
        )
    }
    Function("log") { (body: RawRequest, context) in
        var logger = context.logger
        logger[metadataKey: "user"] = "7"
        logger.warning("careful", metadata: ["step": "1"])
        logger.trace("detail")
    }
    Function("remaining") { (body: RawRequest, context) in
        let before = context.remainingTime
        try context.sleep(for: .seconds(4))
        return "\(before / .seconds(1)) \(context.remainingTime / .seconds(1))"
    }
    Function("calls") { (payload: Int, context) async throws -> Int in
        try await context.invoke("math.twice", payload) + 1
    }
    Function("calls-plainly") { (payload: Int, context) -> Int in
        try context.invoke("math.twice", payload) + 1
    }
    Function("calls-raw") { (payload: [UInt8], context) async throws -> String in
        let reply = try await context.invoke("absent", raw: payload)
        return "\(reply.status) \(reply.errorMessage)"
    }
}

@Suite struct ContextTests {
    let host: TestHost
    init() throws {
        host = try TestHost(
            plugin,
            world: TestWorld(
                configuration: ["greeting": "hi"],
                secrets: ["key": "s3cret"],
                functions: [
                    "math.twice": { payload in
                        guard let number = Int(String(decoding: payload, as: UTF8.self)) else {
                            throw FunctionError(status: 422, message: "no number")
                        }
                        return try Response(json: number * 2)
                    }
                ],
                timeout: .seconds(10)
            )
        )
    }

    @Test func showsTheRequest() async throws {
        var event = TestEvent.http(
            .put,
            "/orders/7?x=1&a+b=c%20d",
            headers: ["user-agent": "test", "traceparent": "00-1-2-01", "tracestate": "a=b"],
            parameters: ["id": "7"]
        )
        event.attempt = 3
        var seen = try await host.invoke("see", event).decode(Seen.self)
        #expect(seen.id.count == 32)
        seen.id = ""
        #expect(
            seen
                == Seen(
                    name: "ctx.see",
                    attempt: 3,
                    trigger: 0,
                    traceparent: "00-1-2-01",
                    tracestate: "a=b",
                    method: "PUT",
                    path: "/orders/7",
                    query: "c d",
                    agent: "test",
                    headers: 3,
                    order: "7",
                    greeting: "hi",
                    key: "s3cret",
                    missing: nil
                )
        )
    }

    @Test func hasNoRequestForOtherTriggers() async throws {
        let seen = try await host.invoke("see", TestEvent(.queue)).decode(Seen.self)
        #expect(seen.method == nil)
        #expect(seen.trigger == TriggerKind.queue.rawValue)
        #expect(seen.traceparent == nil)
        #expect(seen.tracestate == nil)
    }

    @Test func logLinesCarryLevelAndMetadata() async {
        let reply = await host.invoke("log")
        #expect(reply.log.map(\.message) == ["careful", "detail"])
        #expect(reply.log.map(\.level) == [.warning, .trace])
        #expect(reply.log.map(\.metadata) == [["user": "7", "step": "1"], ["user": "7"]])
    }

    @Test func sleepingPassesTheFakeClockOnly() async {
        let started = ContinuousClock.now
        let reply = await host.invoke("remaining")
        #expect(reply.text == "10.0 6.0")
        #expect(ContinuousClock.now - started < .seconds(3))
    }

    @Test(arguments: ["calls", "calls-plainly"])
    func callsAnotherFunction(function: String) async throws {
        #expect(try await host.call(function, 20, as: Int.self) == 41)
    }

    @Test func aFailedCallThrowsWithItsStatus() async throws {
        let fake = TestWorld(functions: [
            "math.twice": { _ in throw FunctionError(status: 503, message: "busy") }
        ])
        let reply = try await TestHost(plugin, world: fake).invoke("calls", .json(1))
        #expect(reply.errorType == "InvokeError")
        #expect(reply.errorMessage == "Calling 'math.twice' gave 503: busy")
    }

    @Test func aRawCallGivesTheReplyWhateverItsStatus() async {
        let reply = await host.invoke("calls-raw", TestEvent().body([1]))
        #expect(reply.text.hasPrefix("404 "))
    }
}
