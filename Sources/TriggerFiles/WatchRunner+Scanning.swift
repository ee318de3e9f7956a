internal import FunctionModel
internal import Logging
internal import Platform

/// Looking at whole directories.
extension WatchRunner {
    /// Compares directories, and all below them, with the index.
    func scan(_ directories: [[UInt8]]) async throws(StoreError) {
        let begun = ContinuousClock.now
        for directory in directories where plan.enters(directory) {
            try await scanAll(below: directory)
        }
        lastScan = .now - begun
        if directories.contains([]) { looks += 1 }
        if case .polling = mode {
            // Looking takes at most a tenth of the time.
            fullLook = .now + max(Self.pollInterval, lastScan * 10)
        } else if directories.contains([]) {
            fullLook = .now + Self.fullInterval
        }
    }

    private func scanAll(below start: [UInt8]) async throws(StoreError) {
        var visited: Set<[UInt8]> = []
        var waiting = [start]
        while let directory = waiting.popLast() {
            guard plan.enters(directory), tree != nil else { continue }
            visited.insert(directory)
            waiting += try await scanOne(directory)
            try await refill()
        }
        try await scanGone(below: start, except: visited)
    }

    /// Compares one directory; returns those right in it.
    private func scanOne(_ path: [UInt8]) async throws(StoreError) -> [[UInt8]] {
        guard let tree else { return [] }
        let directory: Descriptor
        do { directory = try tree.directory(path) } catch {
            // What isn't there has no names; what can't be read keeps those that are known.
            guard error.isMissing || error.isNoDirectory else {
                sayOnce("a directory can't be read: \(error)", .warning)
                return []
            }
            try await compareNames(nil, in: nil, path)
            return []
        }
        watch(directory, as: path)
        let listing = await offload { () -> Result<DirectoryNames, SystemCallError> in
            do throws(SystemCallError) { return .success(try DirectoryNames(of: directory)) } catch
            {
                return .failure(error)
            }
        }
        switch listing {
        case .success(let names): return try await compareNames(names, in: directory, path)
        case .failure(let error):
            sayOnce("a directory can't be read: \(error)", .warning)
            return []
        }
    }

    /// Walks through names and rows side by side, a piece at a time.
    @discardableResult
    private func compareNames(
        _ names: DirectoryNames?,
        in directory: Descriptor?,
        _ path: [UInt8]
    ) async throws(StoreError) -> [[UInt8]] {
        guard let watch else { return [] }
        var rows = RowReader(services.store, watch.id, path)
        var below: [[UInt8]] = []
        let count = names?.count ?? 0
        for start in stride(from: 0, to: count, by: Self.chunk) {
            guard let names, let directory else { break }
            let range = start..<min(start + Self.chunk, count)
            let plan = plan
            let piece = await offload { Piece(names, range, in: directory, path, plan) }
            below += piece.directories
            var pairs: [(Sight, FileRow?)] = []
            for sight in piece.files {
                while let row = try await rows.next(before: sight.path.name) {
                    if row.isPresent { pairs.append((.gone(row), row)) }
                }
                pairs.append((sight, try await rows.next(named: sight.path.name)))
            }
            try await compare(pairs)
        }
        var pairs: [(Sight, FileRow?)] = []
        while let row = try await rows.next() {
            if row.isPresent { pairs.append((.gone(row), row)) }
            if pairs.count == Self.chunk {
                try await compare(pairs)
                pairs = []
            }
        }
        try await compare(pairs)
        return below
    }

    /// Compares directories that the index knows and that weren't met.
    private func scanGone(
        below start: [UInt8],
        except visited: Set<[UInt8]>
    ) async throws(StoreError) {
        // The first look also meets what lies where only an earlier declaration looked.
        guard let watch, plan.isRecursive || !start.isEmpty || looks == 0 else { return }
        var after: [UInt8]?
        while true {
            let known = try await services.store.directories(
                below: start,
                of: watch.id,
                after: after,
                limit: Self.chunk
            )
            for directory in known where !visited.contains(directory) {
                try await compareNames(nil, in: nil, directory)
            }
            guard known.count == Self.chunk else { return }
            after = known.last
        }
    }
}

extension WatchRunner.Sight {
    fileprivate static func gone(_ row: FileRow) -> Self {
        WatchRunner.Sight(path: row.path, facts: nil, evidence: .seen)
    }
}

/// A piece of a directory's names, looked at.
private struct Piece: Sendable {
    var files: [WatchRunner.Sight] = []
    var directories: [[UInt8]] = []

    init(
        _ names: DirectoryNames,
        _ range: Range<Int>,
        in directory: Descriptor,
        _ path: [UInt8],
        _ plan: WatchPlan
    ) {
        for index in range {
            let file = FilePath(directory: path, name: names.name(index))
            let kind = names.kind(index)
            if kind == .directory {
                directories.append(file.bytes)
                continue
            }
            // A link is nobody's file: where it leads is not below the directory.
            guard kind != .other else { continue }
            guard kind == nil || plan.wants(file),
                let status = FileTree.status(of: file.name, in: directory)
            else { continue }
            if status.kind == .directory { directories.append(file.bytes) }
            guard let facts = FileFacts(status), plan.wants(file) else { continue }
            files.append(WatchRunner.Sight(path: file, facts: facts, evidence: .seen))
        }
    }
}

/// The rows of a directory in the order of their names, read a page at a time.
private struct RowReader {
    private let store: any FileIndex
    private let watch: Int64
    private let directory: [UInt8]
    private var page: [FileRow] = []
    private var place = 0
    private var isOver = false

    init(_ store: any FileIndex, _ watch: Int64, _ directory: [UInt8]) {
        self.store = store
        self.watch = watch
        self.directory = directory
    }

    /// The next row; `nil` at the end.
    mutating func next() async throws(StoreError) -> FileRow? {
        guard let row = try await peek() else { return nil }
        place += 1
        return row
    }

    /// The next row whose name comes before this one.
    mutating func next(before name: [UInt8]) async throws(StoreError) -> FileRow? {
        guard let row = try await peek(), row.path.name.lexicographicallyPrecedes(name) else {
            return nil
        }
        place += 1
        return row
    }

    /// The next row, if it has this name.
    mutating func next(named name: [UInt8]) async throws(StoreError) -> FileRow? {
        guard let row = try await peek(), row.path.name == name else { return nil }
        place += 1
        return row
    }

    private mutating func peek() async throws(StoreError) -> FileRow? {
        if place == page.count, !isOver {
            let after = page.last?.path.name
            page = try await store.files(
                inDirectory: directory,
                of: watch,
                after: after,
                limit: WatchRunner.chunk
            )
            place = 0
            isOver = page.count < WatchRunner.chunk
        }
        return place < page.count ? page[place] : nil
    }
}
