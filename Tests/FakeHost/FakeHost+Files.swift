public import FunctionModel

/// One watch, of `shop.import` on `/srv/in`, with one file that failed.
extension FakeHost {
    /// See `FileOperations`.
    public func watches() async throws -> [WatchView] {
        var view = WatchView(function: try FunctionName("shop.import"), directory: "/srv/in")
        view.mode = "polling"
        view.reason = "its file system doesn't tell of changes"
        view.files = ["failed": 1, "done": 7]
        return [view]
    }

    /// See `FileOperations`.
    public func files(
        of function: String,
        state: String?,
        after: String?,
        limit: Int
    ) async throws -> FilePage {
        note("files \(function) \(state ?? "-") \(after ?? "-") \(limit)")
        try Self.check(watcher: function)
        let facts = FileFacts(device: 1, inode: 2, size: 34, modified: 0, changed: 0)
        let time = WallTime(seconds: 1_800_000_000)
        var row = FileRow(path: FilePath(Array("a.csv".utf8)), facts: facts, found: time)
        row.state = .failed
        row.note = "permanent"
        return FilePage([FileView(row, in: Array("/srv/in".utf8))], next: "1.612e637376")
    }

    /// See `FileOperations`.
    public func reprocess(_ choice: FileChoice, of function: String) async throws -> Int {
        let path = choice.path ?? choice.rawPath.map { "raw:\($0)" } ?? "-"
        note("reprocess \(function) \(path) \(choice.all == true ? "all" : "-")")
        try Self.check(watcher: function)
        return 1
    }

    private static func check(watcher name: String) throws {
        guard ["import", "shop.import"].contains(name) else {
            throw HostOperationError(.notFound, "'\(name)' watches no directory here.")
        }
    }
}
