import Foundation
import FunctionModel
import Testing

@Suite struct PermissionsTests {
    @Test func areNothingWhereNothingIsNamed() throws {
        let decoded = try JSONDecoder().decode(Permissions.self, from: Data("{}".utf8))
        #expect(decoded.isEmpty)
        #expect(decoded.words == "nothing")
    }

    @Test(
        arguments: [
            (["/srv"], [], "/srv/data", true), (["/srv/data"], [], "/srv/data", true),
            (["/srv/data/"], [], "/srv/data", true), (["/srv/dat"], [], "/srv/data", false),
            (["/srv/data/x"], [], "/srv/data", false), ([], ["/srv"], "/srv/data", true),
            (["/"], [], "/srv", true), ([], [], "/srv", false),
        ] as [([String], [String], String, Bool)]
    )
    func coverWhatIsAtOrBelow(read: [String], write: [String], path: String, isCovered: Bool) {
        let granted = Permissions(read: read, write: write)
        #expect(granted.covers(Permissions(read: [path])) == isCovered)
    }

    @Test func toReadDoNotCoverWriting() {
        #expect(!Permissions(read: ["/srv"]).covers(Permissions(write: ["/srv"])))
    }

    @Test func ofAllKindsAreNeeded() {
        let wish = Permissions(read: ["/a"], network: true, subprocesses: true)
        #expect(!Permissions(read: ["/a"], network: true).covers(wish))
        #expect(!Permissions(read: ["/a"], subprocesses: true).covers(wish))
        #expect(Permissions(read: ["/a"], network: true, subprocesses: true).covers(wish))
    }

    @Test(arguments: [
        "srv/data", "", "/srv/../etc", "/srv/./x", "/srv/a\nb", "/srv/a\u{0}b",
        "/" + String(repeating: "x", count: 4_096),
    ])
    func refusesAPathThatMayMeanAnotherOne(path: String) {
        #expect(Permissions(read: [path]).problem != nil)
        #expect(Permissions(write: [path]).problem != nil)
    }

    @Test func haveABound() {
        let many = (0...Permissions.maximumPaths).map { "/srv/\($0)" }
        #expect(Permissions(read: many).problem?.contains("64 are allowed") == true)
        #expect(Permissions(read: many.dropLast()).problem == nil)
    }

    @Test func areWrittenAsTheOperatorHasToWriteThem() {
        let wish = Permissions(
            read: ["/srv/data", "/srv/it's a: #1"],
            write: ["/srv/out"],
            network: true,
            subprocesses: true
        )
        #expect(
            wish.yaml
                == "{ read: [/srv/data, '/srv/it''s a: #1'], write: [/srv/out], network: true, "
                + "subprocesses: true }"
        )
    }

    @Test func makeAManifestInvalidThatNamesAWrongPath() {
        var manifest = Manifest(plugin: "shop", functions: [FunctionManifest(name: "buy")])
        manifest.permissions = Permissions(read: ["etc"])
        #expect(throws: PluginRefusal.self) { try manifest.validated() }
    }
}
