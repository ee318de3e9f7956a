import FunctionSDK

/// A person who orders.
struct User: Codable, Sendable {
    var id: Int
    var name: String
    var email: String
    var city: String
}

struct UserKey: Codable {
    var id: Int
}

struct UserFilter: Codable {
    var city: String?
}

/// What a database would hold; each worker has its own copy, so it is never changed.
let directory: [Int: User] = {
    let people = [
        User(id: 1, name: "Ada Lovelace", email: "ada@example.org", city: "London"),
        User(id: 2, name: "Grace Hopper", email: "grace@example.org", city: "New York"),
        User(id: 3, name: "Alan Turing", email: "alan@example.org", city: "London"),
        User(id: 4, name: "Hedy Lamarr", email: "hedy@example.org", city: "Vienna"),
    ]
    return Dictionary(uniqueKeysWithValues: people.map { ($0.id, $0) })
}()

let users = Plugin("users", summary: "Who may order.") {
    Function("user", .http(.get, "/users/{id}"), idempotent: true) { (key: UserKey, context) in
        guard let user = directory[key.id] else {
            throw FunctionError(status: 404, message: "There is no user \(key.id).")
        }
        return user
    }
    Function("users", .http(.get, "/users"), idempotent: true) { (filter: UserFilter, context) in
        directory.values
            .filter { filter.city == nil || $0.city == filter.city }
            .sorted { $0.id < $1.id }
    }
}

/// Exports the plugin.
@c(roost_plugin_users) public func entry(_ host: HostAPI) -> PluginPointer? {
    users.export(to: host)
}
