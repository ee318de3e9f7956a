import Foundation
import Testing

/// Real attempts to leave a cell: what a dedicated one refuses, and what a shared one leaves open.
@Suite("An escape", .serialized)
struct EscapeTests {
    struct Attempt: Decodable {
        var kind: String
        var name: String
        var worked: Bool
        var error: String
    }

    /// Every attempt by one way, in the order of the table.
    struct Run {
        var way: String
        var attempts: [Attempt]
        var open: Set<String> { Set(attempts.filter(\.worked).map(\.name)) }
    }

    static let ways = ["plain", "detached", "thread"]

    /// What a shared cell leaves open, as SECURITY.md has it: what is counted by process only.
    static let openInShared: Set<String> = ["1,000 raw threads", "10,000 descriptors"]

    /// What a dedicated cell leaves open where the host isn't root and can't write control groups.
    static let openWithoutRoot: Set<String> = ["1,000 raw threads"]

    /// A host whose other plugin lives in a cell of its own, and a directory that all may write.
    private func withHost(
        _ isolation: String,
        user: UInt32? = nil,
        _ body: (RoostProcess, EscapeScene) async throws -> Void
    ) async throws {
        let host = try await RoostProcess.start(
            plugins: ["Hello", "EscapePlugin"],
            settings: """
                plugins:
                  hello: { isolation: process }
                  escapes: { isolation: \(isolation) }
                """,
            user: user
        )
        let scene = try EscapeScene(home: host.home.path, owner: user)
        defer { scene.remove() }
        try await host.awaitService("/functions/escapes.count", "/hello")
        try await body(host, scene)
        #expect(kill(host.processIdentifier, 0) == 0)
        #expect(scene.isUntouched)
        #expect(await host.stop() == 0)
    }

    private func everything(_ host: RoostProcess, _ scene: EscapeScene) async throws -> [Run] {
        let neighbour = try await host.cells(of: "hello").first ?? 1
        let connection = try HTTPConnection(host.functions)
        let count = Int(try connection.request("POST", "/functions/escapes.count", body: "").body)
        var runs: [Run] = []
        for way in Self.ways {
            var run = Run(way: way, attempts: [])
            for index in 0..<(count ?? 0) {
                let ask = """
                    {"index":\(index),"ask":{"host":\(host.processIdentifier),\
                    "neighbour":\(neighbour),"adminPort":\(port(host.admin)),\
                    "listenerPort":\(port(host.functions)),"home":"\(host.home.path)",\
                    "scratch":"\(scene.directory)","way":"\(way)"}}
                    """
                let reply = try connection.request("POST", "/functions/escapes.try", body: ask)
                #expect(reply.status == 200, "\(way), attempt \(index): \(reply)")
                guard reply.status == 200 else { continue }
                run.attempts.append(
                    try JSONDecoder().decode(Attempt.self, from: Data(reply.body.utf8))
                )
            }
            runs.append(run)
        }
        return runs
    }

    private func port(_ url: String) -> Int {
        url.split(separator: ":").last.flatMap { Int($0) } ?? 0
    }

    @Test func isRefusedInADedicatedCellAndKnownInASharedOne() async throws {
        var dedicated: [Run] = []
        var shared: [Run] = []
        try await withHost("process") { dedicated = try await everything($0, $1) }
        try await withHost("thread") { shared = try await everything($0, $1) }
        show(dedicated, shared)
        for run in dedicated { #expect(run.open.isEmpty, "\(run.way): \(run.open.sorted())") }
        for run in shared {
            #expect(run.open.subtracting(Self.openInShared).isEmpty, "\(run.way): \(run.open)")
        }
        let page = try String(
            contentsOf: ReadmeTests.root.appending(path: "SECURITY.md"),
            encoding: .utf8
        )
        let table = securityTable(dedicated, shared)
        #expect(page.contains(table), "SECURITY.md should have this table:\n\(table)")
    }

    @Test(.enabled(if: geteuid() == 0, "it takes root to become somebody else"))
    func isRefusedWhereTheHostIsNotRoot() async throws {
        var dedicated: [Run] = []
        var shared: [Run] = []
        let user = OtherUser.nobody
        try await withHost("process", user: user) { dedicated = try await everything($0, $1) }
        try await withHost("thread", user: user) { shared = try await everything($0, $1) }
        show(dedicated, shared)
        for run in dedicated {
            #expect(run.open.subtracting(Self.openWithoutRoot).isEmpty, "\(run.way): \(run.open)")
        }
        for run in shared {
            #expect(run.open.subtracting(Self.openInShared).isEmpty, "\(run.way): \(run.open)")
        }
    }

    private func show(_ dedicated: [Run], _ shared: [Run]) {
        let first = dedicated.first?.attempts ?? []
        var table = FaultTable("attempt", "dedicated", "shared")
        for (index, attempt) in first.enumerated() {
            func fate(_ runs: [Run]) -> String {
                let open = runs.filter { $0.attempts[index].worked }.map(\.way)
                guard !open.isEmpty else { return runs.first?.attempts[index].error ?? "" }
                return open.count == runs.count ? "OPEN" : "OPEN (\(open.joined(separator: ", ")))"
            }
            table.add(attempt.name, fate(dedicated), fate(shared))
        }
        table.show()
        print("\(first.count) attempts, by \(Self.ways.joined(separator: ", "))")
        #expect(first.count >= 40)
    }

    /// The table of SECURITY.md: by kind, how many were tried, and which are open.
    private func securityTable(_ dedicated: [Run], _ shared: [Run]) -> String {
        let first = dedicated.first?.attempts ?? []
        var kinds: [String] = []
        for attempt in first where !kinds.contains(attempt.kind) { kinds.append(attempt.kind) }
        func fate(_ runs: [Run], _ kind: String) -> String {
            let names = first.filter { $0.kind == kind }.map(\.name)
            let open = names.filter { name in runs.contains { $0.open.contains(name) } }
            guard !open.isEmpty else { return "refused" }
            return "open: " + open.joined(separator: ", ")
                + (open.count < names.count ? "; else refused" : "")
        }
        let rows = kinds.map { kind in
            let count = first.count { $0.kind == kind }
            return "| \(kind) | \(count) | \(fate(dedicated, kind)) | \(fate(shared, kind)) |"
        }
        return (["| tried | ways | cell of its own | shared cell |", "|---|---|---|---|"] + rows)
            .joined(separator: "\n")
    }

    @Test(arguments: ["process", "thread"])
    func endsItsOwnCallAndNoMore(isolation: String) async throws {
        try await withHost(isolation) { host, _ in
            let before = try await host.cells(of: "escapes")
            let connection = try HTTPConnection(host.functions)
            let left = try connection.request("POST", "/functions/escapes.raw-exit", body: "")
            #expect(left.status == 502)
            #expect(left.headers["roost-outcome"] == "crashed", "\(left)")
            let killed = try connection.request("POST", "/functions/escapes.kill-self", body: "")
            #expect((200..<300).contains(killed.status), "it goes on: \(killed)")
            #expect(try await host.cells(of: "escapes") == before, "the same process serves on")
            let loop = try connection.request("POST", "/functions/escapes.blocked-loop", body: "")
            #expect(loop.status == 504, "\(loop)")
            let other = try connection.request("POST", "/hello", body: #"{"name":"Ada"}"#)
            #expect(other.status == 200)
        }
    }
}
