import FunctionSDK
import FunctionTesting
import Orders
import Testing
import Users

@Suite struct UsersOrdersTests {
    private struct User: Decodable {
        var id: Int
        var name: String
        var city: String
    }

    private struct Receipt: Decodable {
        var customer: String
        var cents: Int
    }

    /// The orders plugin in a world whose `users.user` is the real users plugin.
    private func shop() throws -> TestHost {
        let users = try TestHost(entry: Users.entry)
        return try TestHost(
            entry: Orders.entry,
            world: TestWorld(functions: [
                "users.user": { payload in
                    let reply = await users.invoke("user", TestEvent().body(payload))
                    if reply.failed {
                        throw FunctionError(status: reply.status, message: reply.errorMessage)
                    }
                    return Response(contentType: reply.contentType, body: reply.body)
                }
            ])
        )
    }

    @Test func findsAUserByTheRoutesParameter() async throws {
        let host = try TestHost(entry: Users.entry)
        let event = TestEvent.http(.get, "/users/2", parameters: ["id": "2"])
        #expect(try await host.invoke("user", event).decode(User.self).name == "Grace Hopper")
        let absent = TestEvent.http(.get, "/users/9", parameters: ["id": "9"])
        #expect(await host.invoke("user", absent).status == 404)
    }

    @Test func listsTheUsersOfACity() async throws {
        let host = try TestHost(entry: Users.entry)
        let users = try await host.invoke("users", .http(.get, "/users?city=London"))
            .decode([User].self)
        #expect(users.map(\.id) == [1, 3])
        #expect(
            try await host.invoke("users", .http(.get, "/users")).decode([User].self).count == 4
        )
    }

    @Test func pricesACartForItsCustomer() async throws {
        let cart = TestEvent(.http).text(
            #"{"user":1,"lines":[{"article":"tea","count":2},{"article":"cup","count":1}]}"#
        )
        let receipt = try await shop().invoke("order", cart).decode(Receipt.self)
        #expect(receipt.customer == "Ada Lovelace")
        #expect(receipt.cents == 2_090)
    }

    @Test(arguments: [
        (#"{"user":99,"lines":[{"article":"tea","count":1}]}"#, "There is no customer 99."),
        (#"{"user":1,"lines":[{"article":"gold","count":1}]}"#, "There is no article 'gold'."),
        (#"{"user":1,"lines":[{"article":"tea","count":0}]}"#, "Order 1 to 1,000 of 'tea', not 0."),
        (#"{"user":1,"lines":[]}"#, "The cart is empty."),
    ])
    func refusesAnImpossibleCart(cart: String, sentence: String) async throws {
        let reply = try await shop().invoke("order", TestEvent().text(cart))
        #expect(reply.status == 422)
        #expect(reply.errorMessage == sentence)
    }
}
