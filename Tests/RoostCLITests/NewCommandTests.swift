import FakeHost
import Foundation
import Testing

@testable import RoostCLI

struct NewCommandTests {
    @Test func writesFilesOnceAndNeverOver() throws {
        let home = try TemporaryHome()
        let place = "\(home.path)/hello"
        let files = [
            ScaffoldFile("Sources/a.swift", "a"), ScaffoldFile("run", "b", isExecutable: true),
        ]
        try NewCommand.write(files, into: place)
        #expect(try String(contentsOfFile: "\(place)/Sources/a.swift", encoding: .utf8) == "a")
        #expect(FileManager.default.isExecutableFile(atPath: "\(place)/run"))
        #expect(throws: CommandFailure.self) { try NewCommand.write(files, into: place) }
        try home.remove()
    }

    @Test func findsTheSDKAboveTheProgram() throws {
        let home = try TemporaryHome()
        let program = "\(home.path)/.build/release/roost"
        #expect(throws: CommandFailure.self) {
            try SDKPlace.find(given: nil, environment: [:], program: program)
        }
        try FileManager.default.createDirectory(
            atPath: "\(home.path)/sdk/Sources/FunctionSDK",
            withIntermediateDirectories: true
        )
        let found = try SDKPlace.find(given: nil, environment: [:], program: program)
        #expect(found == "\(home.path)/sdk")
        #expect(throws: CommandFailure.self) {
            try SDKPlace.find(given: home.path, environment: [:], program: program)
        }
        try home.remove()
    }

    @Test func readsThePackagesLibraries() throws {
        let json = """
            {"products":[{"name":"A","type":{"library":["dynamic"]}},
            {"name":"B","type":{"library":["automatic"]}},{"name":"C","type":{"executable":null}}]}
            """
        #expect(try PluginPackage.libraries(inDescription: Data(json.utf8)) == ["A"])
    }

    @Test func noticesChangedSources() throws {
        let home = try TemporaryHome()
        let file = "\(home.path)/a.swift"
        #expect(FileManager.default.createFile(atPath: file, contents: Data("a".utf8)))
        let before = SourceSnapshot(package: home.path)
        #expect(before == SourceSnapshot(package: home.path))
        #expect(FileManager.default.createFile(atPath: file, contents: Data("ab".utf8)))
        #expect(before != SourceSnapshot(package: home.path))
        try home.remove()
    }

    @Test(
        arguments: [
            (nil, [:], "./.roost"), (nil, ["ROOST_HOME": "/r"], "/r"),
            (nil, ["ROOST_HOME": ""], "./.roost"),
            ("/h", ["ROOST_HOME": "/r"], "/h"),
        ] as [(String?, [String: String], String)]
    )
    func flagGoesBeforeEnvironmentBeforeDefault(
        given: String?,
        environment: [String: String],
        home: String
    ) {
        #expect(HostOptions.home(given: given, environment: environment) == home)
    }
}
