import FoundationEssentials
import FunctionSDK
import FunctionTesting
import Testing

@Suite struct HandlerFormTests {
    let host: TestHost
    init() throws { host = try TestHost(forms) }

    @Test(arguments: ["plain", "suspending"])
    func decodesAndEncodesJSON(function: String) async throws {
        let order = Order(id: 1, items: [.init(price: 2), .init(price: 3)])
        let reply = try await host.invoke(function, .json(order))
        #expect(try reply.decode(Receipt.self) == Receipt(total: 5))
        #expect(reply.contentType == "application/json")
        #expect(reply.status == 200)
        #expect(reply.violations == [])
    }

    @Test func givesTextAndBytesAsTheyAre() async {
        let text = await host.invoke("text", TestEvent().text("grüße"))
        #expect(text.text == "GRÜSSE")
        #expect(text.contentType.hasPrefix("text/plain"))
        let bytes = await host.invoke("bytes", TestEvent().body([1, 0, 255]))
        #expect(bytes.body == [255, 0, 1])
        #expect(bytes.contentType == "application/octet-stream")
    }

    @Test func refusesTextThatIsNotUTF8() async {
        let reply = await host.invoke("text", TestEvent().body([0xFF, 0xFE]))
        #expect(reply.status == 400)
        #expect(reply.errorMessage.contains("UTF-8"))
    }

    @Test func rawRequestAndResponseCarryTypeStatusAndHeaders() async {
        let reply = await host.invoke("raw", TestEvent().body([7, 8], contentType: "image/x"))
        #expect(reply.status == 201)
        #expect(reply.contentType == "image/x")
        #expect(reply.headers["x-size"] == "2")
        #expect(reply.body == [7, 8])
    }

    @Test(arguments: ["nothing", "silent", "ingest"])
    func answersVoidWith204(function: String) async throws {
        let event = try TestEvent.file(FileEvent(path: "a.csv", kind: .added))
        let reply = await host.invoke(function, event)
        #expect(reply.status == 204)
        #expect(reply.body.isEmpty)
        #expect(!reply.failed)
    }

    @Test(arguments: [("doubled", 14), ("tripled", 21)])
    func runsHandlerTypes(function: String, result: Int) async throws {
        #expect(try await host.call(function, 7, as: Int.self) == result)
    }

    @Test func assemblesABodyThatArrivesInPieces() async throws {
        let json = Array(#"{"id":1,"items":[{"price":4}]}"#.utf8)
        for function in ["plain", "suspending"] {
            let pieces = [Array(json[..<5]), Array(json[5..<20]), Array(json[20...])]
            let reply = await host.invoke(function, TestEvent().stream(pieces))
            #expect(try reply.decode(Receipt.self) == Receipt(total: 4))
        }
    }

    @Test func decodesABodylessRequestFromParametersAndQuery() async throws {
        let event = TestEvent.http(
            .get,
            "/shelves/x?limit=5&sort=age&exact=true&shelf=other",
            parameters: ["shelf": "poetry & prose"]
        )
        let page = try await host.invoke("page", event).decode(Page.self)
        #expect(page == Page(shelf: "poetry & prose", limit: 5, sort: .age, exact: true))
    }

    @Test(arguments: [
        ("limit=x", "'limit' has to be a whole number."),
        ("", "'limit' is missing."),
        ("limit=1&sort=size", "'sort' is not valid"),
    ])
    func namesTheWrongParameter(query: String, sentence: String) async {
        let event = TestEvent.http(.get, "/shelves/x?\(query)", parameters: ["shelf": "s"])
        let reply = await host.invoke("page", event)
        #expect(reply.status == 400)
        #expect(reply.errorMessage.contains(sentence), "\(reply.errorMessage)")
    }

    @Test(arguments: [
        (
            #"{"id":1,"items":[{"price":1},{"price":"x"}]}"#,
            "'items[1].price' has to be a whole number."
        ),
        (#"{"items":[]}"#, "'id' is missing."),
        (#"{"id":null,"items":[]}"#, "'id' is null, but has to be a whole number."),
        (#"{"id":"#, "not valid JSON"),
        (#"[]"#, "has to be an object"),
    ])
    func answersUndecodableInputWith400AndThePlace(body: String, sentence: String) async {
        let reply = await host.invoke("plain", TestEvent().text(body))
        #expect(reply.failed)
        #expect(reply.status == 400)
        #expect(reply.errorType == "UndecodableInput")
        #expect(!reply.retryable)
        #expect(reply.errorMessage.contains(sentence), "\(reply.errorMessage)")
    }

    @Test func thrownErrorsFailWithTheirNameAndMayBeRetried() async {
        let reply = await host.invoke("throws-one")
        #expect(reply.failed)
        #expect(reply.status == 500)
        #expect(reply.errorType == "OddError")
        #expect(reply.retryable)
    }

    @Test func functionErrorsChooseTheStatus() async {
        let reply = await host.invoke("throws-status")
        #expect(reply.status == 409)
        #expect(reply.errorMessage == "taken")
        #expect(!reply.retryable)
    }

    @Test func ticksReachTheirFunction() async throws {
        let tick = Tick(id: "nightly@1", schedule: "nightly", due: .init(timeIntervalSince1970: 1))
        let reply = try await host.invoke("nightly", .tick(tick))
        #expect(reply.text == "nightly@1")
    }

    @Test func ticksTellWhatTheHostKnowsOfThem() async throws {
        var tick = Tick(id: "nightly@1", schedule: "nightly", due: .init(timeIntervalSince1970: 1))
        #expect(tick.fired == tick.due && !tick.isPastDue && tick.missed == 0 && tick.attempt == 1)
        tick.isPastDue = true
        tick.missed = 2
        let data = try JSONEncoder().encode(tick)
        #expect(try JSONDecoder().decode(Tick.self, from: data) == tick)
        let short = Data(#"{"id":"a@1","schedule":"a","due":0}"#.utf8)
        #expect(try JSONDecoder().decode(Tick.self, from: short).missed == 0)
    }

    @Test func refusesAFunctionThatIsNotThere() async {
        let reply = await host.invoke("absent")
        #expect(reply.status == 404)
    }
}
