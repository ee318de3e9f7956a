import FunctionSDK

/// What a customer sends.
struct Cart: Codable, Sendable {
    struct Line: Codable, Sendable {
        var article: String
        var count: Int
    }
    var user: Int
    var lines: [Line]
}

/// What a customer gets.
struct Receipt: Codable, Sendable {
    struct Line: Codable, Sendable {
        var article: String
        var count: Int
        var cents: Int
    }
    var customer: String
    var email: String
    var lines: [Line]
    var cents: Int
}

/// Prices in cents, what a database would hold.
let prices = ["tea": 450, "coffee": 620, "cup": 1_190, "pot": 3_400]

let orders = Plugin("orders", summary: "Turns carts into receipts.") {
    Function(
        "order",
        .http(.post, "/orders"),
        limits: Limits(timeout: .seconds(5)),
        handler: Checkout()
    )
    Function("prices", .http(.get, "/prices"), idempotent: true) { (request: RawRequest, context) in
        prices
    }
}

/// Prices a cart, and asks the `users` plugin who it is for.
struct Checkout: FunctionHandler {
    private struct User: Decodable {
        var name: String
        var email: String
    }

    func handle(_ cart: Cart, context: FunctionContext) async throws -> Receipt {
        let lines = try cart.lines.map(price)
        guard !lines.isEmpty else {
            throw FunctionError(status: 422, message: "The cart is empty.")
        }
        let user = try await customer(cart.user, context)
        let cents = lines.reduce(0) { $0 + $1.cents }
        context.logger.info("ordered", metadata: ["user": "\(cart.user)", "cents": "\(cents)"])
        return Receipt(customer: user.name, email: user.email, lines: lines, cents: cents)
    }

    private func price(_ line: Cart.Line) throws -> Receipt.Line {
        guard let price = prices[line.article] else {
            throw FunctionError(status: 422, message: "There is no article '\(line.article)'.")
        }
        guard (1...1_000).contains(line.count) else {
            throw FunctionError(
                status: 422,
                message: "Order 1 to 1,000 of '\(line.article)', not \(line.count)."
            )
        }
        return Receipt.Line(article: line.article, count: line.count, cents: price * line.count)
    }

    private func customer(_ id: Int, _ context: FunctionContext) async throws -> User {
        do {
            return try await context.invoke("users.user", ["id": id])
        } catch let error as InvokeError where error.status == 404 {
            throw FunctionError(status: 422, message: "There is no customer \(id).")
        }
    }
}

/// Exports the plugin.
@c(roost_plugin_orders) public func entry(_ host: HostAPI) -> PluginPointer? {
    orders.export(to: host)
}
