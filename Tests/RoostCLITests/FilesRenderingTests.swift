import FunctionModel
import Testing

@testable import RoostCLI

/// How watched directories and their files read on a terminal.
struct FilesRenderingTests {
    @Test func aWatchThatPollsSaysWhy() throws {
        var view = WatchView(function: try FunctionName("shop.import"), directory: "/srv/in")
        view.mode = "polling"
        view.reason = "the kernel has no more watches to give (fs.inotify.max_user_watches=8192)"
        view.files = ["pending": 3, "done": 12, "failed": 1]
        view.settling = 2
        let text = FilesCommand.render([view])
        let lines = text.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(
            lines[1].split(separator: " ") == [
                "shop.import", "/srv/in", "polling", "5", "0", "12", "1",
            ]
        )
        #expect(
            lines[2].hasPrefix("shop.import is polling: the kernel has no more watches to give")
        )
        #expect(FilesCommand.render([WatchView]()) == "No directory is watched.\n")
    }

    @Test func aFileSaysWhatBecameOfItAndWhereTheListGoesOn() {
        let facts = FileFacts(device: 1, inode: 2, size: 34, modified: 0, changed: 0)
        var row = FileRow(
            path: FilePath([0x61, 0x1b, 0xff]),
            facts: facts,
            found: WallTime(seconds: 1_800_000_000)
        )
        row.state = .failed
        row.isPresent = false
        row.note = "moved to failed/a"
        let text = FilesCommand.render(FilePage([FileView(row, in: [])], next: "1.61"))
        #expect(text.contains("2027-01-15T08:00:00.000Z  failed  added"))
        #expect(text.contains("moved to failed/a"))
        #expect(text.contains("There are more: --after 1.61"))
        // A name is anybody's: it can't move the cursor.
        #expect(!text.contains("\u{1b}"))
    }
}
