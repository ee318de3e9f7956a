import FoundationEssentials
import FunctionSDK
import FunctionTesting
import Testing

private struct Purchase: Codable { var total: Int }

private let plugin = Plugin("shop") {
    Function("mail", .event("order.*", where: ["region": "eu"]), .event("refund")) {
        (order: Purchase, context) in
        "\(context.event?.type ?? "-") \(context.event?["region"] ?? "-") \(order.total) "
            + "\(context.request == nil)"
    }
    .delivery(
        Delivery(
            maximumAttempts: 5,
            maximumAge: .seconds(60),
            onSuccess: .function("shop.log"),
            onFailure: .file("failed.jsonl")
        )
    )
}

@Suite struct EventTests {
    @Test func hasItsAttributesAndData() async throws {
        let host = try TestHost(plugin)
        let event = try TestEvent.event(
            "order.placed",
            attributes: ["region": "eu"],
            data: Purchase(total: 9)
        )
        #expect(try await host.invoke("mail", event).text == "order.placed eu 9 true")
        let call = try await host.invoke("mail", .json(Purchase(total: 1)))
        #expect(call.text == "- - 1 true")
    }

    @Test func declaresWhatItWantsAndHowItIsDelivered() throws {
        let manifest = try TestHost(plugin).manifest
        #expect(
            manifest.contains(
                #"{"event":{"type":"order.*","attributes":{"region":"eu"}}},{"event":{"type":"refund"}}"#
            ),
            "\(manifest)"
        )
        #expect(
            manifest.contains(
                #""delivery":{"maximumAttempts":5,"maximumAgeMilliseconds":60000,"#
                    + #""onSuccess":"function:shop.log","onFailure":"file:failed.jsonl"}"#
            ),
            "\(manifest)"
        )
    }
}
