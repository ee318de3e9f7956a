import FunctionModel
import Platform
import Testing

@testable import TriggerFiles

struct FindingsTests {
    private func vanished(_ number: Int) -> Inotify.Notice {
        Inotify.Notice(
            watch: 1,
            what: .vanished,
            isDirectory: true,
            name: Array("d\(number)".utf8)
        )
    }

    @Test func areBoundedHoweverManyDirectoriesComeAndGo() {
        var findings = Findings()
        for number in 0...(2 * Findings.limit) { findings.note(vanished(number), in: []) }
        #expect(findings.everything)
        #expect(findings.left.count <= Findings.limit && findings.left.contains([]))
        #expect(findings.directories.isEmpty)
    }

    @Test(arguments: ["", "a", "a/b", "a/bc", "ab", "b", "a/b/c/d"])
    func knowWhatLiesBelowOneThatHasLeft(path: String) {
        let all = ["", "a", "a/b", "a/b/c", "ab", "c/a"].map { Array($0.utf8) }
        let path = Array(path.utf8)
        for bits in 0..<(1 << all.count) {
            let left = all.indices.filter { bits >> $0 & 1 == 1 }.map { all[$0] }
            #expect(path.isBelow(anyOf: Set(left)) == left.contains { path.isBelow($0) })
        }
    }

    @Test func tellWhichDirectoryHasLeft() {
        var findings = Findings()
        findings.note(vanished(7), in: Array("a".utf8))
        #expect(findings.left == [Array("a/d7".utf8)])
        #expect(!findings.everything)
    }
}
