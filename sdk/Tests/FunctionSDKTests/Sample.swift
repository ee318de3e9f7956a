import FunctionSDK

struct Order: Codable, Equatable {
    struct Item: Codable, Equatable {
        var price: Int
    }
    var id: Int
    var items: [Item] = []
}

struct Receipt: Codable, Equatable {
    var total: Int
}

struct Page: Codable, Equatable {
    enum Sort: String, Codable { case name, age }
    var shelf: String
    var limit: Int
    var sort: Sort?
    var exact: Bool?
}

struct Doubler: FunctionHandler {
    func handle(_ input: Int, context: FunctionContext) async throws -> Int { input * 2 }
}

struct Tripler: PlainFunctionHandler {
    func handle(_ input: Int, context: FunctionContext) throws -> Int { input * 3 }
}

struct Silent: FunctionHandler {
    func handle(_ input: RawRequest, context: FunctionContext) async throws {}
}

struct OddError: Error {}

/// Every form of input and output, plain and `async`.
let forms = Plugin("forms", version: "1.2", summary: "Every \"form\".") {
    Function("plain", .http(.post, "/orders/{id}")) { (order: Order, context) in
        Receipt(total: order.items.reduce(0) { $0 + $1.price })
    }
    Function("suspending") { (order: Order, context) async throws -> Receipt in
        await Task.yield()
        return Receipt(total: order.items.reduce(0) { $0 + $1.price })
    }
    Function("text") { (text: String, context) in text.uppercased() }
    Function("bytes") { (bytes: [UInt8], context) in Array(bytes.reversed()) }
    Function("raw") { (request: RawRequest, context) in
        Response(
            status: 201,
            contentType: request.contentType,
            headers: ["X-Size": "\(request.body.count)"],
            body: request.body
        )
    }
    Function("nothing") { (request: RawRequest, context) in context.logger.info("nothing") }
    Function("page", .http(.get, "/shelves/{shelf}")) { (page: Page, context) in page }
    Function("doubled", handler: Doubler())
    Function("tripled", handler: Tripler())
    Function("silent", .internal, handler: Silent())
    Function("nightly", .cron("0 6 * * *", timeZone: "Europe/Berlin", catchUp: .last)) {
        tick,
        context in
        tick.id
    }
    Function("ingest", .files("inbox", matching: "*.csv", recursive: true)) { file, context in
        context.logger.info("a file", metadata: ["path": file.path])
    }
    Function(
        "limited",
        .http(.get, "/a"),
        .http("PURGE", "/b"),
        summary: "Has limits.",
        limits: Limits(
            timeout: .seconds(2),
            cpu: .milliseconds(1_500),
            memory: .mebibytes(64),
            concurrency: 3,
            rate: .perSecond(2),
            burst: 4,
            errorPercent: 40,
            queueLength: 5,
            queueWait: .seconds(1),
            requestSize: .kibibytes(8),
            responseSize: .bytes(9),
            logSize: .bytes(10),
            start: .seconds(4),
            idle: .seconds(60)
        ),
        isolation: .process,
        onCrash: .restart,
        streaming: .response,
        idempotent: true,
        public: true
    ) { (request: RawRequest, context) in "" }
    Function("throws-one") { (request: RawRequest, context) throws -> String in throw OddError() }
    Function("throws-status") { (request: RawRequest, context) throws -> String in
        throw FunctionError(status: 409, message: "taken")
    }
}
