import FunctionModel
import Platform
import Testing

@testable import PluginCatalog

/// The catalog's decisions, without clock, disk or tasks.
struct CatalogStateTests {
    private let now = ContinuousClock.now
    private var state = CatalogState(parallelism: 2, pluginLimit: 3)

    private func identity(_ number: UInt64) throws -> FileIdentity {
        var identity = try #require(FileIdentity(path: "/"))
        identity.inode = number
        return identity
    }

    private func candidate(_ plugin: String, _ number: UInt64) throws -> Candidate {
        let identity = try identity(number)
        let record = ImageRecord(
            entrySymbol: "roost_plugin",
            manifest: Manifest(plugin: plugin, functions: [FunctionManifest(name: "f")]),
            loadedBytes: 1,
            loadMicroseconds: 1,
            startMicroseconds: 1
        )
        return Candidate(
            identity: identity,
            fileHash: "\(number)",
            version: .init(hash: "\(number)", image: identity, record: record)
        )
    }

    private mutating func serve(
        _ file: String,
        _ plugin: String,
        _ number: UInt64
    ) throws -> Aftermath {
        state.want(file, at: now, time: 0)
        try state.claim(plugin, for: file) { _ in true }
        return state.serve(file, try candidate(plugin, number), keeping: 2, time: 1)
    }

    @Test mutating func beginsNoMoreThanMayRunAtTheSameTime() {
        for name in ["a", "b", "c"] { state.want(name, at: now, time: 0) }
        let begun = state.begin(now: now).map(\.file)
        #expect(begun.count == 2)
        #expect(state.begin(now: now).isEmpty)
        #expect(state.nextDue == nil)
        state.end(begun[0])
        #expect(state.begin(now: now).count == 1)
    }

    @Test mutating func waitsUntilAFileIsDue() {
        state.want("a", at: now + .seconds(1), time: 0)
        #expect(state.begin(now: now).isEmpty)
        #expect(state.nextDue == now + .seconds(1))
        state.want("a", at: now + .seconds(2), time: 0)
        #expect(state.nextDue == now + .seconds(1))
        state.want("a", at: now, time: 0)
        #expect(state.begin(now: now).map(\.file) == ["a"])
    }

    @Test mutating func looksAgainAfterAChangeDuringTheLook() {
        state.want("a", at: now, time: 0)
        _ = state.begin(now: now)
        state.want("a", at: now, time: 0)
        #expect(state.begin(now: now).isEmpty)
        #expect(!state.isIdle)
        state.end("a")
        #expect(state.begin(now: now).map(\.file) == ["a"])
        state.end("a")
        #expect(state.isIdle)
    }

    @Test mutating func givesAGoneFileTimeToComeBack() {
        state.wantLater("unheard-of", at: now)
        #expect(state.isIdle)
        state.want("a", at: now, time: 0)
        state.wantLater("a", at: now + .seconds(1))
        #expect(state.begin(now: now).isEmpty)
        state.want("a", at: now, time: 0)
        #expect(state.begin(now: now).map(\.file) == ["a"])
    }

    @Test mutating func keepsTheFirstFilesRightToAPlugin() throws {
        _ = try serve("a.so", "shop", 1)
        state.want("b.so", at: now, time: 0)
        #expect(throws: PluginRefusal.duplicate("b.so", plugin: "shop", owner: "a.so")) {
            try state.claim("shop", for: "b.so") { _ in true }
        }
        try state.claim("shop", for: "b.so") { _ in false }
        let aftermath = state.serve("b.so", try candidate("shop", 1), keeping: 2, time: 2)
        #expect(aftermath.retired == nil)
        #expect(state.remove("a.so") == nil)
        #expect(state.remove("b.so") == Retired(plugin: "shop", hashes: ["1"]))
    }

    @Test mutating func givesBackARightThatWasNotUsed() throws {
        state.want("a.so", at: now, time: 0)
        try state.claim("shop", for: "a.so") { _ in true }
        state.unclaim("shop", for: "a.so")
        try state.claim("shop", for: "b.so") { _ in true }
        #expect(state.services["shop"]?.file == "b.so")
    }

    @Test mutating func takesNoMorePluginsThanItsBound() throws {
        for number in 1...3 { _ = try serve("\(number).so", "p\(number)", UInt64(number)) }
        #expect(throws: PluginRefusal.tooMany("4.so", 3)) {
            try state.claim("p4", for: "4.so") { _ in true }
        }
    }

    @Test mutating func dropsTheOldestVersionsButNotTheOneInService() throws {
        #expect(try serve("a.so", "shop", 1).droppedHashes.isEmpty)
        #expect(try serve("a.so", "shop", 2).droppedHashes.isEmpty)
        #expect(try serve("a.so", "shop", 3).droppedHashes == ["1"])
        // Going back to 2 leaves the order of arrival.
        var back = try candidate("shop", 2)
        back.fileHash = "3"
        let aftermath = state.serve("a.so", back, keeping: 2, time: 2)
        #expect(aftermath.record.versions.map(\.hash) == ["3", "2"])
        #expect(aftermath.record.current == "2")
        #expect(aftermath.record.isRolledBack)
        #expect(try serve("a.so", "shop", 4).droppedHashes == ["2"])
    }

    @Test mutating func tellsNewsOfARefusalOnce() throws {
        state.want("a.so", at: now, time: 0)
        let refusal = PluginRefusal(kind: "notELF", message: "no")
        let identity = try identity(7)
        let isNews = state.refuse("a.so", refusal, identity: identity, time: 5)
        #expect(isNews)
        let isStillNews = state.refuse("a.so", refusal, identity: identity, time: 6)
        #expect(!isStillNews)
        #expect(state.files["a.so"]?.since == 5)
        #expect(state.knowledge(of: "a.so").refusedIdentity == identity)
    }

    @Test(arguments: ["beingWritten", "untrusted", "missingLibrary", "storeFailed"])
    mutating func looksAgainAtWhatMayHealByItself(_ kind: String) throws {
        state.want("a.so", at: now, time: 0)
        let refusal = PluginRefusal(kind: kind, message: "no")
        _ = state.refuse("a.so", refusal, identity: try identity(7), time: 5)
        #expect(refusal.retryDelay != nil)
        #expect(state.knowledge(of: "a.so").refusedIdentity == nil)
    }

    @Test mutating func warmsReplacementsAndFewNewPlugins() throws {
        #expect(state.isWorthWarming("shop"))
        for number in 0..<50 { state.want("\(number).so", at: now, time: 0) }
        #expect(!state.isWorthWarming("shop"))
        _ = try serve("a.so", "shop", 1)
        #expect(state.isWorthWarming("shop"))
    }

    @Test mutating func asksOnceForAStoredImageToBeMadeAnew() {
        state.want("a.so", at: now, time: 0, distrustingStore: true)
        #expect(state.knowledge(of: "a.so").distrustsStore)
        #expect(!state.knowledge(of: "a.so").distrustsStore)
    }
}
