import Foundation
import Testing

@testable import Platform

@Suite(.timeLimit(.minutes(1)))
struct ToolRunTests {
    private func output(_ script: String, _ timeout: Duration = .seconds(30)) throws -> String? {
        try ToolRun.output("/bin/sh", ["-c", script], timeout: timeout, limit: 1_000).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    @Test func returnsWhatAProgramWrites() throws {
        #expect(try output("echo a; echo b >&2; cat; echo c") == "a\nc\n")
    }

    @Test func returnsNothingOfAProgramThatFails() throws {
        #expect(try output("echo a; exit 3") == nil)
    }

    @Test func cutsLongOutput() throws {
        let text = try #require(try output("head -c 3000 /dev/zero | tr '\\0' x"))
        #expect(text.utf8.count >= 1_000)
    }

    @Test func killsAProgramThatTakesTooLongWithAllThatItStarted() throws {
        let directory = try ScratchDirectory()
        let file = directory.file("pid")
        #expect(try output("sleep 600 & echo $! > \(file); wait", .seconds(3)) == nil)
        let text = String(
            decoding: try #require(FileManager.default.contents(atPath: file)),
            as: UTF8.self
        )
        let grandchild = try #require(pid_t(text.dropLast()))
        // Killed with its group; whoever adopted it may not have seen it off yet.
        let deadline = ContinuousClock.now + .seconds(20)
        while kill(grandchild, 0) == 0, ContinuousClock.now < deadline {
            let state = FileManager.default.contents(atPath: "/proc/\(grandchild)/stat") ?? Data()
            if String(decoding: state, as: UTF8.self).contains(") Z ") { return }
            usleep(1_000)
        }
        #expect(kill(grandchild, 0) != 0)
    }

    @Test func saysWhenThereIsNoProgram() {
        #expect(throws: SystemCallError.self) {
            try ToolRun.output("/nowhere/tool", [], timeout: .seconds(1))
        }
    }
}
