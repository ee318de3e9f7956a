import FakeHost
import Foundation
import NIOCore
import NIOPosix
import RoostCLI
import Testing

@testable import AdminAPI

struct AdminSocketTests {
    private let group = MultiThreadedEventLoopGroup.singleton

    @Test func takesThePlaceOfADeadHost() async throws {
        let home = try TemporaryHome()
        let path = "\(home.path)/admin.sock"
        // A clean end removes the file; a second name of it stays, as after a kill.
        let first = "\(home.path)/first.sock"
        let dead = try await ServerBootstrap(group: group).bind(unixDomainSocketPath: first).get()
        try FileManager.default.linkItem(atPath: first, toPath: path)
        try await dead.close()
        #expect(FileManager.default.fileExists(atPath: path))
        try await RunningAdmin.with(home: home) { admin in
            let status = try await admin.socket.send(.init("GET", "/healthz")).status
            #expect(status == 200)
        }
        try home.remove()
    }

    @Test func takesThePlaceOfADeadHostWhoseSocketAnotherProcessHolds() async throws {
        let home = try TemporaryHome()
        // Connections are taken there, and nobody reads them: so a copy in a child process looks.
        let held = try await ServerBootstrap(group: group)
            .bind(unixDomainSocketPath: "\(home.path)/admin.sock").get()
        try await RunningAdmin.with(home: home) { admin in
            let status = try await admin.socket.send(.init("GET", "/healthz")).status
            #expect(status == 200)
        }
        try await held.close()
        try home.remove()
    }

    @Test func refusesThePlaceOfALiveHost() async throws {
        try await RunningAdmin.with { admin in
            let socket = AdminSocket(path: "\(admin.home.path)/admin.sock")
            let error = await #expect(throws: AdminSetupError.self) {
                try await socket.prepare(on: group)
            }
            #expect(error?.description.contains("already running") == true)
            let status = try await admin.socket.send(.init("GET", "/healthz")).status
            #expect(status == 200)
        }
    }

    @Test func refusesAFileInTheWay() async throws {
        let home = try TemporaryHome()
        let path = "\(home.path)/admin.sock"
        #expect(FileManager.default.createFile(atPath: path, contents: Data()))
        await #expect(throws: AdminSetupError.self) {
            try await AdminSocket(path: path).prepare(on: group)
        }
        #expect(FileManager.default.fileExists(atPath: path))
        try home.remove()
    }

    @Test func refusesADirectoryThatOthersMayWrite() async throws {
        let home = try TemporaryHome()
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: home.path)
        let socket = AdminSocket(path: "\(home.path)/admin.sock")
        await #expect(throws: AdminSetupError.self) { try await socket.prepare(on: group) }
        try home.remove()
    }

    @Test func refusesAPathThatIsTooLong() async throws {
        let socket = AdminSocket(path: "/tmp/\(String(repeating: "x", count: 120))/admin.sock")
        let error = await #expect(throws: AdminSetupError.self) {
            try await socket.prepare(on: group)
        }
        #expect(error?.description.contains("shorter --home") == true)
    }
}
