import CEscapeAttempts
import FunctionSDK
import Glibc

/// What to try, and what the test knows of the world outside.
struct Ask: Decodable, Sendable {
    var host: Int32
    var neighbour: Int32
    var adminPort: Int32
    var listenerPort: Int32
    var home: String
    var scratch: String
    /// `plain`, `detached` or `thread`.
    var way: String

    func withTarget<Result>(_ body: (UnsafePointer<attempt_target>) -> Result) -> Result {
        home.withCString { home in
            scratch.withCString { scratch in
                var target = attempt_target(
                    host: host,
                    neighbour: neighbour,
                    admin_port: adminPort,
                    listener_port: listenerPort,
                    home: home,
                    scratch: scratch
                )
                return body(&target)
            }
        }
    }
}

/// How one attempt ended.
struct Attempt: Codable, Sendable {
    var kind: String
    var name: String
    var worked: Bool
    var error: String
}

private func make(_ index: Int, _ ask: Ask) -> Attempt {
    ask.withTarget { target in
        var error: Int32 = 0
        let entry = attempt_at(Int32(index))
        let result =
            ask.way == "thread"
            ? attempt_on_thread(Int32(index), target, &error) : entry.run(target, &error)
        return Attempt(
            kind: String(cString: entry.kind),
            name: String(cString: entry.name),
            worked: result != 0,
            error: result != 0 ? "" : String(cString: strerror(error))
        )
    }
}

let escapes = Plugin("escapes", summary: "Attempts to leave the cell.") {
    Function("count", onCrash: .restart) { (_: RawRequest, _) in Int(attempt_count()) }
    Function("try", onCrash: .restart) { (asked: Asked, _) async throws -> Attempt in
        guard (0..<Int(attempt_count())).contains(asked.index) else {
            throw FunctionError(status: 400, message: "there is no such attempt")
        }
        guard asked.ask.way == "detached" else { return make(asked.index, asked.ask) }
        return await Task.detached { make(asked.index, asked.ask) }.value
    }
    Function("raw-exit", onCrash: .restart) { (_: RawRequest, _) in attempt_raw_exit() }
    Function("kill-self", onCrash: .restart) { (_: RawRequest, _) in attempt_kill_self() }
    Function("blocked-loop", limits: .init(timeout: .milliseconds(300)), onCrash: .restart) {
        (_: RawRequest, _) in attempt_loop_with_signals_blocked()
    }
}

/// One attempt of the table.
struct Asked: Decodable, Sendable {
    var index: Int
    var ask: Ask
}

/// Hands the plugin to its host.
@c(roost_plugin_escapes) public func entry(_ host: HostAPI) -> PluginPointer? {
    escapes.export(to: host)
}
