import FunctionSDK

struct Greeting: Codable {
    var name: String
}

struct Reply: Codable {
    var message: String
}

let hello = Plugin("hello", summary: "Says hello.") {
    Function("hello", .http(.post, "/hello"), idempotent: true) { (greeting: Greeting, context) in
        Reply(message: "Hello, \(greeting.name)!")
    }
}

/// Exports the plugin.
@c(roost_plugin_hello) public func entry(_ host: HostAPI) -> PluginPointer? {
    hello.export(to: host)
}
