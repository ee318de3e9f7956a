public import FunctionModel
internal import Synchronization

/// What operators ask about watched directories.
extension FilesTrigger {
    private static let page = 512

    /// Shows all watches.
    public func views() async throws(StoreError) -> [WatchView] {
        var views: [WatchView] = []
        let shared = shared
        for runner in sortedRunners {
            var view = try await view(runner)
            let warnings = shared.warnings(about: WatchKey(runner.plan))
            view.warnings = warnings.isEmpty ? nil : warnings
            views.append(view)
        }
        return views
    }

    /// What of the watches is not as it should be, in sentences.
    public var troubles: [String] {
        sortedRunners.compactMap { runner in
            let shown = runner.shown.withLock { $0 }
            let view = Self.described(runner, shown)
            guard !view.isWatching else { return nil }
            return "\(view.function) on \(view.directory): \(view.mode)"
                + (view.reason.map { ", \($0)" } ?? "")
        }
    }

    private func view(_ runner: WatchRunner) async throws(StoreError) -> WatchView {
        let shown = runner.shown.withLock { $0 }
        var view = Self.described(runner, shown)
        guard let watch = shown.watch else { return view }
        let counts = try await store.fileCounts(of: watch.id)
        view.files = Dictionary(uniqueKeysWithValues: counts.map { ($0.key.word, $0.value) })
        return view
    }

    private static func described(_ runner: WatchRunner, _ shown: WatchRunner.Shown) -> WatchView {
        var view = WatchView(
            function: runner.plan.function,
            directory: String(decoding: runner.plan.directory, as: UTF8.self)
        )
        switch shown.mode {
        case .starting: view.mode = "starting"
        case .watching: view.mode = "watching"
        case .polling(let reason):
            view.mode = "polling"
            view.reason = reason
        case .absent(let reason):
            view.mode = "absent"
            view.reason = reason
        }
        if shown.isStopped {
            view.mode = "stopped"
            view.reason =
                "the function writes into the directory that it watches; once it doesn't, "
                + "`roost files reprocess \(runner.plan.function)` lets it go on"
        }
        view.looks = shown.looks
        view.lookSeconds = Double(shown.lastScan.wholeNanoseconds) / 1e9
        view.overflows = shown.overflows
        view.settling = shown.settling
        view.directories = shown.directories
        return view
    }

    /// Lists files of a function; the place is the watch's number and the last path.
    ///
    /// - Throws: `HostOperationError` when the function watches nothing, or the place is none.
    public func files(
        of function: FunctionName,
        state: FileRow.State?,
        after: String?,
        limit: Int
    ) async throws -> FilePage {
        var watches = try self.watches(of: function)
        var path: FilePath?
        if let after {
            let parts = after.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, let number = Int64(parts[0]),
                let place = FilePath(hexadecimal: String(parts[1]))
            else { throw HostOperationError(.invalid, "'\(after)' is no place in a list.") }
            watches = watches.filter { $0.id >= number }
            path = watches.first?.id == number ? place : nil
        }
        var views: [FileView] = []
        for watch in watches {
            let left = limit - views.count
            let query = FileQuery(watch: watch.id, state: state, after: path, limit: left)
            path = nil
            let rows = try await list(query)
            views += rows.map { FileView($0, in: watch.directory) }
            if rows.count == left, let last = rows.last {
                return FilePage(views, next: "\(watch.id).\(last.path.hexadecimal)")
            }
        }
        return FilePage(views)
    }

    /// By their paths, also those that wait, which the store gives in their turn.
    private func list(_ query: FileQuery) async throws -> [FileRow] {
        guard query.state == .pending else { return try await store.files(query) }
        var found: [FileRow] = []
        var all = query
        all.state = nil
        all.limit = Self.page
        while found.count < query.limit {
            let rows = try await store.files(all)
            found += rows.filter { $0.state == .pending }
            guard rows.count == Self.page else { break }
            all.after = rows.last?.path
        }
        return Array(found.prefix(query.limit))
    }

    /// Has files handled once more; `nil` for all that are there.
    ///
    /// - Throws: `HostOperationError` when the function watches nothing, or the file isn't there.
    public func reprocess(_ path: FilePath?, of function: FunctionName) async throws -> Int {
        let watches = try watches(of: function)
        let plans = Dictionary(
            runners.compactMap { runner in
                runner.shown.withLock { $0.watch }.map { ($0.id, runner.plan) }
            },
            uniquingKeysWith: { first, _ in first }
        )
        var count = 0
        for watch in watches {
            if let path {
                let row = try await store.files(at: [path], in: watch.id)[0]
                count += try await again([row].compactMap(\.self), watch)
            } else {
                var query = FileQuery(watch: watch.id, limit: Self.page)
                while true {
                    let rows = try await store.files(query)
                    // What is too large, or isn't watched any more, stays so, unless it is named.
                    count += try await again(
                        rows.filter {
                            ($0.note.isEmpty || $0.state != .ignored)
                                && plans[watch.id]?.wants($0.path) ?? true
                        },
                        watch
                    )
                    guard rows.count == Self.page else { break }
                    query.after = rows.last?.path
                }
            }
        }
        if count == 0, let path { try await explain(path, watches) }
        for runner in runners where runner.plan.function == function { await runner.release() }
        return count
    }

    /// Lets the watches of a function go on that were stopped.
    ///
    /// - Throws: `HostOperationError` when none was.
    public func letGoOn(_ function: FunctionName) async throws {
        _ = try watches(of: function)
        let stopped = runners.filter {
            $0.plan.function == function && $0.shown.withLock { $0.isStopped }
        }
        guard !stopped.isEmpty else {
            throw HostOperationError(
                .conflict,
                "No watch of '\(function)' is stopped: name the file that is to be handled once more, "
                    + "or all."
            )
        }
        for runner in stopped { await runner.release() }
    }

    /// Says why a file can't be handled once more, unless it is only held by a watch that is stopped.
    private func explain(_ path: FilePath, _ watches: [FileWatch]) async throws {
        var found: FileRow?
        for watch in watches where found == nil {
            found = try await store.files(at: [path], in: watch.id)[0]
        }
        let name = path.text
        guard let row = found else {
            throw HostOperationError(
                .notFound,
                "No file '\(name)' is known there; a path is written as `roost files` shows it."
            )
        }
        guard row.isPresent else {
            throw HostOperationError(
                .notFound,
                "'\(name)' isn't there any more\(row.note.isEmpty ? "" : " (\(row.note))"): put it "
                    + "back, and it is handled."
            )
        }
        guard row.state == .pending else {
            throw HostOperationError(.conflict, "'\(name)' is \(row.state.word) already.")
        }
    }

    private func again(_ rows: [FileRow], _ watch: FileWatch) async throws -> Int {
        let now = now
        let changes = rows.filter { row in
            row.isPresent && ![.queued, .acting, .pending].contains(row.state)
        }.map { FileChange($0.path, .again, rank: now.nanoseconds) }
        guard !changes.isEmpty else { return 0 }
        _ = try await store.apply(changes, queueing: [], in: watch.id, bounds: QueueBounds())
        return changes.count
    }

    private func watches(of function: FunctionName) throws -> [FileWatch] {
        let watches = runners.filter { $0.plan.function == function }
            .compactMap { $0.shown.withLock { $0.watch } }
        guard !watches.isEmpty else {
            throw HostOperationError(.notFound, "'\(function)' watches no directory here.")
        }
        return watches.sorted { $0.id < $1.id }
    }
}
