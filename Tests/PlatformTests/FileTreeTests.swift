import Foundation
import Testing

@testable import Platform

/// The way to a directory that somebody chose, and that others may have a hand in.
struct FileTreeTests {
    private let scratch: ScratchDirectory
    private let target: String

    init() throws {
        scratch = try ScratchDirectory()
        target = "\(scratch.path)/target"
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
    }

    private func open(_ path: String) throws(SystemCallError) -> FileTree {
        try FileTree(path: Array(path.utf8))
    }

    private func link(_ name: String, to target: String) throws -> String {
        let path = "\(scratch.path)/\(name)"
        try #require(symlink(target, path) == 0)
        return path
    }

    @Test(arguments: ["target", "./target", "../SELF/target", "/SELF/target/", "other"])
    func followsTheLinksOfItsOwnUser(to words: String) throws {
        let own = scratch.path.split(separator: "/").last.map(String.init) ?? ""
        let words = words.replacing("/SELF", with: words.hasPrefix("/") ? scratch.path : "/\(own)")
        _ = try link("other", to: "target")
        let path = try link("link", to: words == "other" ? "./other/../other" : words)
        #expect(try open("\(path)/").isSame(as: open(target).status))
    }

    @Test func followsNoCircle() throws {
        let path = try link("a", to: "b")
        _ = try link("b", to: "a")
        let error = #expect(throws: SystemCallError.self) { try open(path) }
        #expect(error?.code == ELOOP)
    }

    @Test func tellsWhatIsMissingOrNoDirectory() throws {
        let path = try link("a", to: "nowhere/at/all")
        #expect(throws: SystemCallError("open(\(path))", code: ENOENT)) { try open(path) }
        try "x".write(toFile: "\(scratch.path)/file", atomically: false, encoding: .utf8)
        let file = try link("b", to: "file")
        #expect(throws: SystemCallError("open(\(file))", code: ENOTDIR)) { try open(file) }
    }

    /// Else whoever may write where a watched directory lies could have the host read, move and
    /// delete files anywhere, with the host's rights.
    @Test(.enabled(if: geteuid() == 0, "it takes root to make somebody else's link"))
    func followsNobodyElsesLink() throws {
        let path = try link("inbox", to: "target")
        #expect(try open(path).isSame(as: open(target).status))
        try #require(lchown(path, 65_534, 65_534) == 0)
        let error = #expect(throws: SystemCallError.self) { try open(path) }
        #expect(error?.code == ELOOP)
        // Nor on the way.
        #expect(throws: SystemCallError.self) { try open("\(path)/../target") }
    }
}
