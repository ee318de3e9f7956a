import FoundationEssentials
import FunctionSDK

/// How often, and how many times.
struct Subscription: Codable {
    var every: Int?
    var count: Int?
}

let events = Plugin("events", summary: "A clock as server-sent events.") {
    Function(
        "events",
        .http(.get, "/events"),
        summary: "Ticks each `every` milliseconds, `count` times or until the caller leaves.",
        limits: Limits(timeout: .seconds(3_600)),
        streaming: .response
    ) { (subscription: Subscription, context) async throws in
        let pause = subscription.every ?? 1_000
        guard (1...60_000).contains(pause) else {
            throw FunctionError(status: 400, message: "'every' is 1 to 60000 milliseconds.")
        }
        let stream = try context.events()
        var tick = 0
        while tick < subscription.count ?? .max {
            if tick > 0 { try await context.sleep(for: .milliseconds(pause)) }
            tick += 1
            let time = Date.now.formatted(.iso8601)
            try await stream.send(
                ServerSentEvent(
                    data: #"{"tick":\#(tick),"time":"\#(time)"}"#,
                    event: "tick",
                    id: "\(tick)"
                )
            )
        }
    }
}

/// Exports the plugin.
@c(roost_plugin_events) public func entry(_ host: HostAPI) -> PluginPointer? {
    events.export(to: host)
}
