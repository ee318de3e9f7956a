import Foundation
import Testing

/// What a plugin asks for, what the operator says to it, and what then holds.
@Suite("A permission", .serialized)
struct PermissionTests {
    /// Directories of a test below one that all may pass.
    struct Places {
        let root: URL
        var data: String { root.appending(path: "data").path }
        var out: String { root.appending(path: "out").path }
        var other: String { root.appending(path: "other").path }

        init() throws {
            root = FileManager.default.temporaryDirectory
                .appending(path: "roost-permission-\(UUID().uuidString)")
                .resolvingSymlinksInPath()
            for name in ["data", "out", "other"] {
                let directory = root.appending(path: name)
                try FileManager.default.createDirectory(
                    at: directory,
                    withIntermediateDirectories: true
                )
                try "x".write(
                    to: directory.appending(path: "file"),
                    atomically: true,
                    encoding: .utf8
                )
            }
            guard chmod(out, 0o777) == 0 else { throw CocoaError(.fileWriteUnknown) }
        }

        func remove() {
            #expect(throws: Never.self) { try FileManager.default.removeItem(at: root) }
        }
    }

    private func withHost(
        asking permissions: String,
        settings: String,
        _ places: Places,
        _ body: (RoostProcess) async throws -> Void
    ) async throws {
        let host = try await RoostProcess.start(settings: settings)
        let file = try await GrantedPlugin.build(permissions, in: places.root)
        try RoostProcess.drop(file: file, into: host.plugins)
        try await body(host)
        #expect(await host.stop() == 0)
    }

    private func perform(_ order: String, _ host: RoostProcess) async throws -> Int32? {
        let reply = try await curl("\(host.functions)/functions/granted.do", "-d", order)
        return reply.status == 200 ? Int32(reply.body) : nil
    }

    private func served(_ host: RoostProcess) async throws -> PluginState {
        try await eventually("the plugin is served") {
            let plugin = try await host.plugin("libGranted.so")
            return plugin?.state == "serving" ? plugin : nil
        }
    }

    private func refused(_ host: RoostProcess) async throws -> PluginState.Refusal {
        try await eventually("the plugin is refused") {
            let plugin = try await host.plugin("libGranted.so")
            return plugin?.state == "refused" ? plugin?.refusal : nil
        }
    }

    @Test func isRefusedUntilTheOperatorAgreesAndTakenBackWhenHeWithdraws() async throws {
        let places = try Places()
        defer { places.remove() }
        let asked = #"{"read":["\#(places.data)"],"write":["\#(places.out)"]}"#
        try await withHost(asking: asked, settings: "logLevel: info\n", places) { host in
            let refusal = try await refused(host)
            #expect(refusal.kind == "permissionsNotGranted")
            let wanted = "permissions: { read: [\(places.data)], write: [\(places.out)] }"
            #expect(refusal.message.contains(wanted), "\(refusal.message)")
            let file = host.home.appending(path: "roost.yaml")
            try "plugins:\n  granted:\n    \(wanted)\n"
                .write(to: file, atomically: true, encoding: .utf8)
            let plugin = try await served(host)
            #expect(plugin.permissions?.read == [places.data])
            #expect(plugin.permissions?.write == [places.out])
            let orders: [(String, Int32)] = [
                ("read \(places.data)/file", 0), ("read \(places.out)/file", 0),
                ("write \(places.out)/new", 0), ("remove \(places.out)/new", 0),
                ("link \(places.out)/link", EACCES), ("write \(places.data)/new", EACCES),
                ("read \(places.other)/file", EACCES),
                ("read \(places.data)/../other/file", EACCES),
                ("read \(host.home.path)/admin.token", EACCES), ("connect 80", EPERM),
                ("run true", EPERM),
            ]
            for (order, error) in orders {
                #expect(try await perform(order, host) == error, "\(order)")
            }
            try "plugins:\n  granted:\n    permissions: { read: [\(places.data)] }\n"
                .write(to: file, atomically: true, encoding: .utf8)
            #expect(try await refused(host).kind == "permissionsNotGranted")
            #expect(try await perform("read \(places.data)/file", host) == nil)
            let told = host.output.split(separator: "\n").last { $0.contains("Plugin refused") }
            #expect(told?.contains(#""stillServing":"nothing""#) == true, "\(host.output)")
        }
    }

    @Test func neverReachesTheHostsOwnPlaces() async throws {
        let places = try Places()
        defer { places.remove() }
        let home = try RoostProcess.makeHome()
        let link = places.root.appending(path: "link").path
        #expect(symlink(home.appending(path: "plugins").path, link) == 0)
        let around = home.deletingLastPathComponent().path
        for path in [home.path, home.appending(path: "plugins").path, link, around, "/"] {
            let settings = "plugins:\n  granted:\n    permissions: { read: [\(path)] }\n"
            try settings.write(
                to: home.appending(path: "roost.yaml"),
                atomically: true,
                encoding: .utf8
            )
            let host = try await RoostProcess.start(home: home)
            let file = try await GrantedPlugin.build(#"{"read":["\#(path)"]}"#, in: places.root)
            try RoostProcess.drop(file: file, into: host.plugins)
            let refusal = try await refused(host)
            #expect(refusal.kind == "pathNotAllowed", "\(path): \(refusal.message)")
            #expect(refusal.message.contains("the host's own"), "\(path): \(refusal.message)")
            #expect(await host.stop(removeHome: false) == 0)
            try FileManager.default.removeItem(
                at: home.appending(path: "plugins/libGranted.so")
            )
        }
        try FileManager.default.removeItem(at: home)
    }

    @Test func toTheNetworkLeavesTheAdminPortOut() async throws {
        let places = try Places()
        defer { places.remove() }
        try await withHost(
            asking: #"{"network":true}"#,
            settings: "plugins:\n  granted:\n    permissions: { network: true }\n",
            places
        ) { host in
            _ = try await served(host)
            let (functions, admin) = (host.functions, host.admin)
            let port = { (url: String) in url.split(separator: ":").last ?? "" }
            #expect(try await perform("connect \(port(functions))", host) == 0)
            #expect(try await perform("connect \(port(admin))", host) == EACCES)
            #expect(try await perform("run true", host) == EPERM)
            // The same for one that is there before the host has any port.
            #expect(await host.stop(removeHome: false) == 0)
            let again = try await RoostProcess.start(home: host.home)
            _ = try await served(again)
            #expect(try await perform("connect \(port(again.admin))", again) == EACCES)
            #expect(await again.stop(removeHome: false) == 0)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "it takes root to become somebody else"))
    func toReadIsNoMoreThanThatWhereTheFileIsTheCellsOwn() async throws {
        let places = try Places()
        defer { places.remove() }
        try await OtherUser.own(places.root, by: OtherUser.nobody)
        for isWriter in [false, true] {
            let paths =
                isWriter ? (#""write""#, places.out, "write") : (#""read""#, places.data, "read")
            let host = try await RoostProcess.start(
                settings: "plugins: { granted: { permissions: { \(paths.2): [\(paths.1)] } } }\n",
                user: OtherUser.nobody
            )
            let file = try await GrantedPlugin.build(
                "{\(paths.0):[\"\(paths.1)\"]}",
                in: places.root
            )
            try RoostProcess.drop(file: file, into: host.plugins)
            _ = try await served(host)
            #expect(try await perform("read \(paths.1)/file", host) == 0)
            #expect(try await perform("mark \(paths.1)/file", host) == (isWriter ? 0 : EPERM))
            #expect(await host.stop() == 0)
        }
    }

    @Test func toStartProgramsEndsThemWithTheCell() async throws {
        let places = try Places()
        defer { places.remove() }
        let wish = #"{"subprocesses":true,"write":["\#(places.out)"]}"#
        try await withHost(
            asking: wish,
            settings: """
                plugins:
                  granted:
                    permissions: { subprocesses: true, write: [\(places.out)] }
                """,
            places
        ) { host in
            _ = try await served(host)
            #expect(try await perform("run true", host) == 0)
            #expect(try await perform("run exit 3", host) == 3 << 8)
            #expect(try await perform("run : > \(places.out)/made", host) == 0)
            #expect(try await perform("run cat \(host.home.path)/admin.token", host) != 0)
            let left = "sleep 600 >/dev/null 2>&1 & echo $! > \(places.out)/pid"
            #expect(try await perform("run \(left)", host) == 0)
            let text = try String(contentsOfFile: "\(places.out)/pid", encoding: .utf8)
            let process = try #require(
                Int32(text.trimmingCharacters(in: .whitespacesAndNewlines))
            )
            #expect(kill(process, 0) == 0)
            for cell in try await host.cells(of: "granted") { kill(cell, SIGKILL) }
            _ = try await eventually("it ends with its cell") {
                kill(process, 0) != 0 ? true : nil
            }
        }
    }

    @Test func memoryOfItsCellIsToldAsExceeded() async throws {
        let places = try Places()
        defer { places.remove() }
        try await withHost(
            asking: #"{"network":true}"#,
            settings: """
                plugins:
                  granted:
                    permissions: { network: true }
                    limits: { memory: 32MiB }
                """,
            places
        ) { host in
            _ = try await served(host)
            #expect(try await perform("take \(8 << 20)", host) == 0)
            #expect(try await perform("take \(1 << 30)", host) == ENOMEM, "the worker's own limit")
            let reply = try await curl(
                "\(host.functions)/functions/granted.do",
                "-d",
                "seize \(1 << 30)"
            )
            #expect(reply.status == 502)
            #expect(reply.headers["roost-outcome"] == "memoryExceeded", "\(reply)")
            #expect(try await perform("take \(8 << 20)", host) == 0, "a new cell serves")
        }
    }
}
