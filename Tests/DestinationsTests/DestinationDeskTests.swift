import FoundationEssentials
import FunctionModel
import NIOCore
import Testing

@testable import Destinations

struct DestinationDeskTests {
    private struct Directory: DeliveryDirectory {
        func subscriptions() -> [EventSubscription] { [] }
        func delivery(of function: FunctionName) -> DeliveryOptions {
            var options = DeliveryOptions()
            options.maximumAttempts = 7
            return options
        }
    }

    private let desk = DestinationDesk(directory: Directory()) { WallTime(seconds: 20) }

    private func claim(_ change: (inout QueuedInvocation) -> Void) throws -> ClaimedInvocation {
        var invocation = QueuedInvocation(
            function: try FunctionName("shop.mail"),
            body: ByteBuffer(string: "payload")
        )
        change(&invocation)
        return ClaimedInvocation(
            invocation: invocation,
            attempt: 2,
            attemptLimit: 3,
            received: WallTime(seconds: 10),
            expires: .never,
            lease: Lease(id: invocation.id, token: 1, expires: .never)
        )
    }

    private func reports(
        _ end: Settlement.End,
        _ change: (inout QueuedInvocation) -> Void
    ) throws -> [QueuedInvocation] {
        let result = InvocationResult(
            outcome: .succeeded,
            head: ResponseHead(status: 200, contentType: "text/plain"),
            body: ByteBuffer(string: "answer")
        )
        return desk.followUps(of: try claim(change), after: Settlement(end, result: result))
    }

    private func all(_ invocation: inout QueuedInvocation) {
        invocation.delivery.callback = "https://example.com/done"
        invocation.delivery.onSuccess = .event(type: "mail.sent")
        invocation.delivery.onFailure = .file("failed.jsonl")
    }

    @Test func whoHearsOfWhat() throws {
        func told(_ end: Settlement.End) throws -> [String] {
            try reports(end, all).map { "\($0.function) \($0.http?.path ?? "-")" }
        }
        let callback = "roost.post https://example.com/done"
        #expect(try told(.succeeded) == [callback, "roost.emit mail.sent"])
        #expect(try told(.dead(.expired)) == [callback, "roost.append failed.jsonl"])
        #expect(try told(.cancelled) == [])
        // Else a function that is told of its own failures would never end.
        #expect(try told(.dead(.tooDeep)) == [])
        #expect(try reports(.succeeded) { _ in } == [])
    }

    @Test func aFunctionIsToldAsItWishesAndOneStepDeeper() throws {
        let log = try FunctionName("shop.log")
        let told = try reports(.succeeded) {
            $0.delivery.onSuccess = .function(log)
            $0.depth = 4
        }
        let one = try #require(told.first)
        #expect(one.function == log)
        #expect(one.depth == 5)
        #expect(one.delivery.maximumAttempts == 7)
        #expect(one.contentType == "application/json")
    }

    @Test func theReportSaysHowItEnded() throws {
        struct Report: Decodable {
            struct Body: Decodable { var body: String? }
            struct Result: Decodable {
                var status: Int
                var response: Body
            }
            var condition: String
            var attempts: Int
            var received: Double
            var ended: Double
            var request: Body
            var result: Result
        }
        let told = try reports(.dead(.permanent), all)
        let line = try #require(told.last)
        #expect(String(buffer: line.body).hasSuffix("}\n"))
        let report = try JSONDecoder().decode(
            Report.self,
            from: Data(told[0].body.readableBytesView)
        )
        #expect(report.condition == "permanent")
        #expect(report.attempts == 2)
        #expect(report.received == 10)
        #expect(report.ended == 20)
        #expect(report.request.body == "payload")
        #expect(report.result.status == 200)
        #expect(report.result.response.body == "answer")
        #expect(told[0].http?.headers.contains(Field("roost-condition", "permanent")) == true)
    }

    @Test func largeBodiesAreLeftOutOfReports() throws {
        let large = EndReport.longestBody + 1
        let told = try reports(.succeeded) {
            $0.delivery.callback = "https://example.com/"
            $0.body = ByteBuffer(repeating: 65, count: large)
        }
        let text = String(buffer: try #require(told.first).body)
        #expect(text.contains("\"omittedBytes\":\(large)"), "\(text.prefix(200))")
        #expect(text.utf8.count < 2_000)
    }

    @Test func whatTheStoreGivesUpIsToldToo() throws {
        var invocation = QueuedInvocation(function: try FunctionName("shop.mail"))
        all(&invocation)
        var letter = DeadLetter(
            id: invocation.id,
            function: invocation.function,
            reason: .lost,
            attempts: 3,
            received: WallTime(seconds: 1),
            ended: WallTime(seconds: 2)
        )
        #expect(desk.followUps(of: letter) == [])
        letter.invocation = invocation
        let told = desk.followUps(of: letter)
        #expect(told.map(\.function) == [DestinationDesk.post, DestinationDesk.append])
    }
}
