import FunctionModel
import Testing

@testable import TriggerFiles

/// What a look at a file means, whatever caused it.
struct DifferenceTests {
    private static let path = FilePath(Array("a.csv".utf8))
    private static let now = WallTime(seconds: 1_000)

    private static func facts(
        inode: UInt64 = 1,
        size: Int64 = 10,
        modified: Int64 = 100,
        changed: Int64 = 100,
        device: UInt64 = 1
    ) -> FileFacts {
        FileFacts(device: device, inode: inode, size: size, modified: modified, changed: changed)
    }

    private static func row(_ facts: FileFacts = facts(), isPresent: Bool = true) -> FileRow {
        var row = FileRow(path: path, facts: facts, found: now)
        row.isPresent = isPresent
        row.state = .done
        return row
    }

    /// What a look ends in, in one word.
    private func word(
        _ row: FileRow?,
        _ facts: FileFacts?,
        _ evidence: Evidence,
        _ plan: WatchPlan = .sample()
    ) -> String {
        switch Difference(row, facts, at: Self.path, evidence, plan, now: Self.now) {
        case .none: "none"
        case .unsure: "unsure"
        case .change(let change):
            switch change.kind {
            case .event(let kind): kind.word
            case .seen(let note): note.isEmpty ? "seen" : "ignored"
            case .gone: "gone"
            case .settled, .again: "?"
            }
        }
    }

    @Test func tellsWhatIsNewOnceItIsWhole() {
        #expect(word(nil, Self.facts(), .complete) == "added")
        #expect(word(nil, Self.facts(), .settled) == "added")
        #expect(word(nil, Self.facts(), .seen) == "unsure")
        #expect(word(Self.row(isPresent: false), Self.facts(), .complete) == "added")
    }

    @Test(arguments: [
        (FileFacts(device: 1, inode: 2, size: 10, modified: 100, changed: 100), "changed"),
        (FileFacts(device: 1, inode: 1, size: 11, modified: 100, changed: 100), "changed"),
        (FileFacts(device: 1, inode: 1, size: 10, modified: 101, changed: 101), "changed"),
        // A further link, another mode; another number of the disk after a restart.
        (FileFacts(device: 1, inode: 1, size: 10, modified: 100, changed: 999), "none"),
        (FileFacts(device: 7, inode: 1, size: 10, modified: 100, changed: 100), "none"),
    ])
    func tellsAnotherContentAndNothingElse(facts: FileFacts, expected: String) {
        #expect(word(Self.row(), facts, .complete) == expected)
        #expect(word(Self.row(), facts, .settled) == expected)
    }

    @Test func believesTheWriterWhereTheFileSystemHasNoClock() {
        let facts = Self.facts(modified: 0, changed: 0)
        #expect(word(Self.row(facts), facts, .complete) == "changed")
        #expect(word(Self.row(facts), facts, .settled) == "none")
        #expect(word(Self.row(facts), facts, .seen) == "none")
    }

    /// Two writes within a tick of the kernel's clock leave the same time.
    @Test(arguments: [
        // Looked at within the tick.
        (1, 100, Evidence.complete, "changed"), (1, 100, .settled, "none"), (1, 100, .seen, "none"),
        (0, 100, .complete, "changed"),
        // After it; long ago; a time that was set, and lies ahead.
        (11, 100, .complete, "none"), (1, 2_000, .complete, "none"), (-1, 100, .complete, "none"),
    ])
    func believesTheWriterWhereTheClockStoodStill(
        age: Int64,
        later: Int,
        evidence: Evidence,
        expected: String
    ) {
        let found = Self.now - .milliseconds(later)
        let facts = Self.facts(modified: found.nanoseconds - age * 1_000_000)
        var row = Self.row(facts)
        row.found = found
        #expect(word(row, facts, evidence) == expected)
        // What is told without settling may have been told before the notice of the same close.
        let hasty = WatchPlan.sample { $0.stableForMilliseconds = 0 }
        #expect(word(row, facts, evidence, hasty) == "none")
    }

    @Test func aFileThatWasOnlyHiddenIsNoNews() {
        var hidden = Self.row(isPresent: false)
        hidden.succeeded = true
        #expect(word(hidden, Self.facts(), .complete) == "seen")
        #expect(word(hidden, Self.facts(), .seen) == "seen")
        // Moved away and back: whoever did that wants it told.
        #expect(word(hidden, Self.facts(changed: 101), .complete) == "added")
        #expect(word(hidden, Self.facts(inode: 2), .complete) == "added")
        // Whoever was told that it went has to hear that it came.
        let all = WatchPlan.sample { $0.kinds = ["added", "removed"] }
        #expect(word(hidden, Self.facts(), .complete, all) == "added")
        // Nobody has been told of it, or it is to be moved once it has been handled.
        hidden.succeeded = nil
        #expect(word(hidden, Self.facts(), .complete) == "added")
        hidden.succeeded = true
        let moving = WatchPlan.sample { $0.afterwards = "move" }
        #expect(word(hidden, Self.facts(), .complete, moving) == "added")
    }

    @Test func waitsBeforeItTellsThatAFileIsGone() {
        let plan = WatchPlan.sample { $0.kinds = ["removed"] }
        #expect(word(Self.row(), nil, .seen, plan) == "unsure")
        #expect(word(Self.row(), nil, .settled, plan) == "removed")
        #expect(word(Self.row(), nil, .settled) == "gone")
        #expect(word(Self.row(isPresent: false), nil, .settled, plan) == "none")
        #expect(word(nil, nil, .settled, plan) == "none")
    }

    @Test func keepsWhatNobodyWantsToHearOf() {
        let plan = WatchPlan.sample { $0.kinds = ["changed"] }
        #expect(word(nil, Self.facts(), .complete, plan) == "seen")
        #expect(word(Self.row(), Self.facts(size: 11), .complete, plan) == "changed")
        let small = WatchPlan.sample { $0.largestBytes = 9 }
        #expect(word(nil, Self.facts(), .complete, small) == "ignored")
    }

    @Test(arguments: [
        ("a.csv", true), ("a.txt", false), (".a.csv", false), ("a.csv~", false), ("b/a.csv", false),
    ])
    func wantsWhatFitsAndIsNoHiddenFileOrBackup(path: String, isWanted: Bool) {
        let plan = WatchPlan.sample { $0.matching = ["*.csv"] }
        #expect(plan.wants(FilePath(Array(path.utf8))) == isWanted)
    }

    @Test func leavesTheDirectoriesAloneThatItMovesFilesTo() {
        let plan = WatchPlan.sample {
            $0.recursive = true
            $0.afterwards = "move"
        }
        for path in ["done/a", "failed/b/a"] { #expect(!plan.wants(FilePath(Array(path.utf8)))) }
        #expect(plan.wants(FilePath(Array("doner/a".utf8))))
        #expect(!plan.enters(Array("done".utf8)))
        #expect(plan.enters(Array("b/done".utf8)))
    }
}

extension WatchPlan {
    /// A plan for a directory; nothing of it is looked at.
    static func sample(
        directory: String = "/in",
        permissions: Permissions = Permissions(),
        _ change: (inout FilesTriggerDeclaration) -> Void = { _ in }
    ) -> WatchPlan {
        var declaration = FilesTriggerDeclaration(directory: directory)
        change(&declaration)
        return WatchPlan(
            declaration,
            of: .sample(declaration, permissions: permissions),
            directory: directory
        )
    }
}

extension FunctionDefinition {
    static func sample(
        _ declaration: FilesTriggerDeclaration,
        permissions: Permissions = Permissions()
    ) -> FunctionDefinition {
        var trigger = TriggerDeclaration()
        trigger.files = declaration
        var definition = FunctionDefinition(
            name: .sample,
            index: 0,
            manifest: FunctionManifest(name: "take"),
            quota: Quota(),
            triggers: [trigger],
            isolation: .thread,
            onCrash: .backoff,
            configuration: [:]
        )
        definition.permissions = permissions
        return definition
    }
}

extension FunctionName {
    static let sample: FunctionName = {
        do { return try FunctionName("files.take") } catch { preconditionFailure("\(error)") }
    }()
}
