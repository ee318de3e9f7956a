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

    @Test func tellWhichDirectoryHasLeft() {
        var findings = Findings()
        findings.note(vanished(7), in: Array("a".utf8))
        #expect(findings.left == [Array("a/d7".utf8)])
        #expect(!findings.everything)
    }
}
