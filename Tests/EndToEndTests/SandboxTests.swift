import Foundation
import Testing

/// What plugin code can't do, however it tries: one test per row of the outer sandbox.
@Suite("A cell", .serialized)
struct SandboxTests {
    struct Attempt: Decodable {
        var result: Int
        var errno: Int32
        var error: String
    }

    @Test func canNotLeaveItsSandbox() async throws {
        let host = try await RoostProcess.start(plugins: ["Zoo"])
        let url = host.functions
        _ = try await eventually("the zoo is served") {
            try await curl("\(url)/functions/zoo.echo", "-d", "x").status == 200 ? true : nil
        }
        let pid = host.processIdentifier
        let home = host.home.path
        let port = host.admin.split(separator: ":").last.map(String.init) ?? ""
        let rows: [(function: String, ask: String, refusals: [Int32])] = [
            ("escape-kill", #"{"pid":\#(pid),"signal":0}"#, [EPERM]),
            ("escape-kill", #"{"pid":\#(pid),"signal":9}"#, [EPERM]),
            ("escape-kill", #"{"pid":1,"signal":0}"#, [EPERM]),
            ("escape-open", #"{"path":"\#(home)/admin.token"}"#, [EACCES]),
            ("escape-open", #"{"path":"\#(home)/plugins/libZoo.so"}"#, [EACCES]),
            ("escape-open", #"{"path":"/etc/shadow"}"#, [EACCES]),
            ("escape-open", #"{"path":"/proc/\#(pid)/environ"}"#, [EACCES]),
            ("escape-open", #"{"path":"/proc/\#(pid)/mem"}"#, [EACCES]),
            ("escape-create", #"{"path":"\#(home)/plugins"}"#, [EACCES]),
            ("escape-create", #"{"path":"/tmp"}"#, [EACCES]),
            ("escape-connect", #"{"path":"\#(home)/admin.sock"}"#, [EACCES, EPERM, ECONNREFUSED]),
            ("escape-ptrace", #"{"pid":\#(pid)}"#, [EPERM]),
            ("escape-read-memory", #"{"pid":\#(pid)}"#, [EPERM]),
        ]
        for row in rows {
            let reply = try await curl(
                "\(url)/functions/zoo.\(row.function)",
                "-d",
                row.ask,
                "-H",
                "Content-Type: application/json"
            )
            #expect(reply.status == 200, "\(row.function) \(row.ask): \(reply)")
            let attempt = try JSONDecoder().decode(Attempt.self, from: Data(reply.body.utf8))
            #expect(
                row.refusals.contains(attempt.errno),
                "\(row.function) \(row.ask): \(attempt.error) (\(attempt.errno))"
            )
        }
        // Who reaches the admin port gets nothing without the token.
        let admin = try await curl("http://127.0.0.1:\(port)/v1/plugins")
        #expect(admin.status == 401)
        #expect(kill(pid, 0) == 0)
        #expect(await host.stop() == 0)
    }

    @Test func saysWhatTheKernelGives() async throws {
        let result = try await run(
            RoostProcess.products.appending(path: "roost").path,
            ["check", "--json"]
        )
        #expect(result.status == 0, "\(result)")
        #expect(result.output.contains("landlock"))
        #expect(result.output.contains("seccomp"))
    }
}
