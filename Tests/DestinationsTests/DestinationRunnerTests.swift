import Foundation
import FunctionModel
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Destinations

struct DestinationRunnerTests {
    /// A runner of functions that runs none.
    private struct NoFunctions: QueueRunner {
        func places(of functions: Set<FunctionName>?) -> [FunctionName: FunctionPlaces] { [:] }
        func run(
            _ request: InvocationRequest,
            done: @escaping @Sendable (InvocationResult) -> Void
        ) -> any InvocationControl {
            Task { done(InvocationResult(outcome: .failed)) }
            return NoControl()
        }
        func steps(of function: FunctionName) -> [FunctionName] { [] }
        func record(of id: InvocationID) -> InvocationRecord? { nil }
    }

    private final class NoControl: InvocationControl {
        func sendBody(_ piece: ByteBuffer, end: Bool) {}
        func grantCredit(bytes: Int) {}
        func cancel(_ reason: CancelReason) {}
    }

    private func run(
        _ function: FunctionName,
        _ place: String,
        _ body: String = "{}\n",
        publish: @escaping DestinationRunner.Publish = { _ in nil },
        allow: (inout DeliveryPolicy) -> Void
    ) async -> InvocationResult {
        var policy = DeliveryPolicy()
        allow(&policy)
        let runner = DestinationRunner(
            functions: NoFunctions(),
            group: .singletonMultiThreadedEventLoopGroup,
            policy: { [policy] in policy },
            publish: publish
        )
        var request = InvocationRequest(
            id: InvocationID(),
            function: function,
            trigger: .queue,
            body: ByteBuffer(string: body)
        )
        request.contentType = "application/json"
        request.http = HTTPRequestHead(
            method: "POST",
            path: place,
            query: "",
            headers: [Field("roost-function", "shop.mail"), Field("roost-invocation-id", "7")]
        )
        request.depth = 3
        return await withCheckedContinuation { continuation in
            _ = runner.run(request) { continuation.resume(returning: $0) }
        }
    }

    @Test(arguments: [
        (200, Outcome.succeeded, false), (204, .succeeded, false), (302, .failed, false),
        (404, .failed, false), (429, .failed, true), (500, .failed, true), (408, .failed, true),
    ])
    func aPostEndsAsItsAnswerSays(status: Int, outcome: Outcome, isRetryable: Bool) async throws {
        let server = try await PostedServer.start(status: status)
        let url = "http://127.0.0.1:\(server.port)/hook?a=1"
        let result = await run(DestinationDesk.post, url) { $0.urls = [url] }
        #expect(result.outcome == outcome)
        #expect(result.error?.retryable ?? false == isRetryable)
        let request = try #require(server.requests.first)
        #expect(request.hasPrefix("POST /hook?a=1 HTTP/1.1\r\n"), "\(request)")
        #expect(request.contains("roost-function: shop.mail\r\n"))
        #expect(request.contains("idempotency-key: "))
        #expect(request.hasSuffix("\r\n\r\n{}\n"))
        if status == 429 { #expect(result.error?.retryAfter == .seconds(7)) }
        try await server.stop()
    }

    @Test func onlyNamedUrlsMayLeadToThisMachine() async throws {
        let server = try await PostedServer.start(status: 200)
        let url = "http://127.0.0.1:\(server.port)/"
        let star = await run(DestinationDesk.post, url) { $0.urls = ["*"] }
        #expect(star.error?.kind == "addressRefused")
        #expect(star.error?.retryable == false)
        let name = await run(DestinationDesk.post, "http://localhost:\(server.port)/") {
            $0.urls = ["*"]
        }
        #expect(name.error?.kind == "addressRefused")
        let none = await run(DestinationDesk.post, url) { _ in }
        #expect(none.error?.kind == "notAllowed")
        for never in ["http://169.254.169.254/latest", "http://[fe80::1]/", "http://0.0.0.0/"] {
            // Not even where an operator names it by mistake.
            let result = await run(DestinationDesk.post, never) { $0.urls = [never] }
            #expect(result.error?.kind == "addressRefused", "\(never) \(result)")
        }
        #expect(server.requests.isEmpty)
        try await server.stop()
    }

    @Test func whoIsNotThereIsTriedAgain() async throws {
        let server = try await PostedServer.start(status: 200)
        let url = "http://127.0.0.1:\(server.port)/"
        try await server.stop()
        let result = await run(DestinationDesk.post, url) { $0.urls = [url] }
        #expect(result.error?.kind == "unreachable")
        #expect(result.error?.retryable == true)
    }

    @Test func linesGrowAFileOfTheDirectoryAndNoOther() async throws {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "roost-lines-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let outside = directory.path + "-outside"
        for line in ["one\n", "two\n"] {
            let result = await run(DestinationDesk.append, "log.jsonl", line) {
                $0.directory = directory.path
            }
            #expect(result.outcome == .succeeded, "\(result)")
        }
        let text = try String(contentsOf: directory.appending(path: "log.jsonl"), encoding: .utf8)
        #expect(text == "one\ntwo\n")
        try FileManager.default.createSymbolicLink(
            atPath: directory.path + "/link",
            withDestinationPath: outside
        )
        for name in ["link", "../x", "missing/x"] {
            let result = await run(DestinationDesk.append, name) { $0.directory = directory.path }
            #expect(result.outcome == .failed, "\(name)")
        }
        #expect(!FileManager.default.fileExists(atPath: outside))
        let gone = await run(DestinationDesk.append, "log") { $0.directory = outside }
        #expect(gone.error?.retryable == true)
        let nowhere = await run(DestinationDesk.append, "log") { _ in }
        #expect(nowhere.error?.kind == "notAllowed")
        try FileManager.default.removeItem(at: directory)
    }

    @Test func anEventIsPublishedOnceTheHostKnowsWhoListens() async throws {
        let heard = Mutex<[EmittedEvent]>([])
        let published = await run(
            DestinationDesk.emit,
            "mail.sent",
            publish: { event in
                heard.withLock { $0.append(event) }
                return .published([])
            },
            allow: { _ in }
        )
        #expect(published.outcome == .succeeded)
        let event = try #require(heard.withLock { $0.first })
        #expect(event.attributes.type == "mail.sent")
        #expect(event.attributes.source == "/functions/shop.mail")
        #expect(event.depth == 2)
        let early = await run(DestinationDesk.emit, "x") { _ in }
        #expect(early.outcome == .rejected)
        let full = await run(
            DestinationDesk.emit,
            "x",
            publish: { event in .queueFull(DestinationDesk.post) },
            allow: { _ in }
        )
        #expect(full.error?.retryable == true)
        let missed = await run(
            DestinationDesk.emit,
            "x",
            publish: { event in
                .published([EventReceipt(id: "1", subscribers: 1, known: 0, missed: 1)])
            },
            allow: { _ in }
        )
        #expect(missed.error?.retryable == true)
    }
}
