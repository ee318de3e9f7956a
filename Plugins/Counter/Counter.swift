import FunctionSDK

/// Which page.
struct Page: Codable {
    var page: String
}

/// How often it was visited.
struct Visits: Codable {
    var page: String
    var visits: Int
}

/// Counts visits.
///
/// State belongs to one function, so reading and writing share it.
private let visits = Function(
    "visits",
    .http(.get, "/visits/{page}"),
    .http(.post, "/visits/{page}")
) { (page: Page, context) in
    guard context.request?.method == "POST" else {
        return Visits(page: page.page, visits: try context.state.value(page.page) ?? 0)
    }
    // Called again when another worker was faster, so that no visit is lost.
    let count = try context.state.update(page.page) { ($0 ?? 0) + 1 }
    return Visits(page: page.page, visits: count)
}

/// Does something slow that only one may do at a time, on all workers together.
private let rebuild = Function("rebuild", .http(.post, "/rebuild")) {
    (request: RawRequest, context) async throws -> String in
    guard let lock = try await context.lock("rebuild", for: .seconds(30)) else {
        throw FunctionError(status: 409, message: "It is being rebuilt already.")
    }
    try await context.sleep(for: .milliseconds(100))
    // Without this, or after a crash, the lock would be free when its 30 seconds are over.
    try await lock.release()
    return "rebuilt\n"
}

let counter = Plugin("counter", summary: "Keeps what it counts.") {
    visits
    rebuild
}

/// Exports the plugin.
@c(roost_plugin_counter) public func entry(_ host: HostAPI) -> PluginPointer? {
    counter.export(to: host)
}
