import Foundation
import FunctionModel
import Platform
import Testing

@testable import TriggerFiles

/// What happens to a file that a function has failed on.
struct FileLeaveTests {
    private let directory: String
    private let tree: FileTree

    init() throws {
        directory = try WatchBench.makeDirectory()
        tree = try FileTree(path: Array(directory.utf8))
    }

    /// A file that is to be moved to `failed`.
    private func failed(_ name: String) throws -> FileRow {
        try WatchBench.write("bad", to: "\(directory)/\(name)")
        let name = Array(name.utf8)
        let status = try #require(FileTree.status(of: name, in: tree.root))
        let facts = try #require(FileFacts(status))
        var row = FileRow(path: FilePath(name: name), facts: facts, found: WallTime(seconds: 1))
        row.state = .acting
        row.action = .move
        row.succeeded = false
        return row
    }

    private func leave(_ row: FileRow) throws -> FileChange {
        try FileLeave.perform(row, "row 3 is bad", in: tree).get()
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8)
    }

    private var names: Set<String> {
        get throws { Set(try FileManager.default.subpathsOfDirectory(atPath: directory)) }
    }

    @Test func liesBesideTheReason() throws {
        let row = try failed("a")
        #expect(try leave(row).kind == .settled(isPresent: false, note: "moved to failed/a"))
        #expect(try names == ["failed", "failed/a", "failed/a.reason.txt"])
        #expect(try text("failed/a.reason.txt") == "row 3 is bad")
    }

    @Test func getsTheReasonThatAHostHadNotWrittenWhenItDied() throws {
        let row = try failed("a")
        _ = try leave(row)
        try FileManager.default.removeItem(atPath: "\(directory)/failed/a.reason.txt")
        #expect(try leave(row).kind == .settled(isPresent: false, note: "moved to failed/a"))
        #expect(try text("failed/a.reason.txt") == "row 3 is bad")
        // Once more changes nothing.
        _ = try leave(row)
        #expect(try names == ["failed", "failed/a", "failed/a.reason.txt"])
    }

    @Test func isFoundUnderTheNameThatAHostGaveItBeforeItDied() throws {
        _ = try leave(try failed("a"))
        let row = try failed("a")
        let wanted = FileChange.Kind.settled(isPresent: false, note: "moved to failed/a.2")
        #expect(try leave(row).kind == wanted)
        try FileManager.default.removeItem(atPath: "\(directory)/failed/a.2.reason.txt")
        #expect(try leave(row).kind == wanted)
        #expect(try text("failed/a.2.reason.txt") == "row 3 is bad")
    }

    @Test func hasAReasonAlsoUnderTheLongestName() throws {
        let name = String(repeating: "n", count: FileTree.longestName)
        _ = try leave(try failed(name))
        let reason = try names.first { $0.hasSuffix(".reason.txt") }
        #expect(try text(try #require(reason)) == "row 3 is bad")
    }

    @Test func takesAnotherNameAlsoWhereItsOwnIsTheLongest() throws {
        let name = String(repeating: "n", count: FileTree.longestName)
        _ = try leave(try failed(name))
        _ = try leave(try failed(name))
        #expect(try names.contains("failed/\(name.dropLast(2)).2"))
        #expect(try !names.contains(name))
    }

    /// A reader finds the whole text, or no such name: bytes that a dead host left are replaced.
    @Test func theReasonIsWholeOrNotThere() throws {
        let target = try FileTree(path: Array(directory.utf8)).root
        let hidden = Array(".hidden".utf8)
        try WatchBench.write("torn", to: "\(directory)/.hidden")
        try FileTree.write(Array("whole".utf8), as: Array("a".utf8), by: hidden, in: target)
        #expect(try text("a") == "whole")
        let error = #expect(throws: SystemCallError.self) {
            try FileTree.write(Array("other".utf8), as: Array("a".utf8), by: hidden, in: target)
        }
        #expect(error?.isTaken == true)
        #expect(try text("a") == "whole")
        #expect(try names == ["a"])
    }
}
