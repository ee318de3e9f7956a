internal import FunctionModel
internal import Logging
internal import Platform

/// What becomes of files that have been handled.
extension WatchRunner {
    /// Deletes or moves what is to leave; what fails is tried again later.
    func act() async throws(StoreError) {
        guard let watch, let tree else { return }
        hasActions = false
        var after: FilePath?
        while true {
            let query = FileQuery(watch: watch.id, state: .acting, after: after, limit: Self.chunk)
            let rows = try await services.store.files(query)
            var changes: [FileChange] = []
            for row in rows {
                let reason = row.succeeded == false ? try await reason(of: row) : nil
                switch await offload({ FileLeave.perform(row, reason, in: tree) }) {
                case .success(let change):
                    changes.append(change)
                    // It has changed since it was handled.
                    if change.leavesFile { inbox.look(at: row.path) }
                case .failure(let error):
                    sayOnce(
                        "the handled file '\(row.path.text)' can't be moved or deleted yet: \(error)",
                        .warning
                    )
                    retry = .now + Self.retryPause * 30
                }
            }
            try await take(changes)
            guard rows.count == Self.chunk else { return }
            after = rows.last?.path
        }
    }

    /// Why the invocation of a file was given up, for whoever finds it.
    private func reason(of row: FileRow) async throws(StoreError) -> String {
        guard let id = row.invocation, let stored = try await services.store.stored(id) else {
            return row.note + "\n"
        }
        let error = stored.error ?? stored.result?.error
        let words = error.map { "\($0.kind): \($0.message)" } ?? "no error was given"
        return """
            \(words)

            function    \(stored.function)
            invocation  \(id)
            attempts    \(stored.attempts)
            reason      \(row.note)

            """
    }
}

extension FileChange {
    /// Whether a file that was to leave has stayed.
    fileprivate var leavesFile: Bool {
        if case .settled(isPresent: true, _) = kind { true } else { false }
    }
}

/// Deleting and moving files so that nothing else is ever lost: what has changed since it was handled
/// stays, and nothing is replaced.
enum FileLeave {
    static func perform(
        _ row: FileRow,
        _ reason: String?,
        in tree: FileTree
    ) -> Result<FileChange, SystemCallError> {
        do throws(SystemCallError) { return .success(try leave(row, reason, tree)) } catch {
            return .failure(error)
        }
    }

    private static func leave(
        _ row: FileRow,
        _ reason: String?,
        _ tree: FileTree
    ) throws(SystemCallError) -> FileChange {
        let source: Descriptor
        do { source = try tree.directory(row.path.directory) } catch {
            guard error.isMissing else { throw error }
            return settled(row, false, "gone before it could be moved or deleted")
        }
        guard isThere(row, row.path.name, in: source) else {
            return try missing(row, reason, source, tree)
        }
        if row.action == .delete { return try delete(row, in: source) }
        let target = try target(of: row, in: tree)
        let name = try move(row, from: source, to: target)
        guard isThere(row, name, in: target) else {
            // Another file had taken its place in that instant: it goes back, and is looked at.
            try FileTree.move(name, in: target, to: row.path.name, in: source)
            return settled(row, true, "it has changed meanwhile and stays")
        }
        return try moved(row, as: name, reason, target)
    }

    private static func place(_ row: FileRow) -> String {
        row.succeeded == false ? "failed" : "done"
    }

    private static func settled(_ row: FileRow, _ isPresent: Bool, _ note: String) -> FileChange {
        FileChange(row.path, .settled(isPresent: isPresent, note: note))
    }

    private static func isThere(_ row: FileRow, _ name: [UInt8], in directory: Descriptor) -> Bool {
        guard let status = FileTree.status(of: name, in: directory),
            let facts = FileFacts(status)
        else { return false }
        return facts.hasSameContent(as: row.facts)
    }

    /// Not where it was: another one, or moved by a host that died before it could note so.
    private static func missing(
        _ row: FileRow,
        _ reason: String?,
        _ source: Descriptor,
        _ tree: FileTree
    ) throws(SystemCallError) -> FileChange {
        guard FileTree.status(of: row.path.name, in: source) == nil else {
            return settled(row, true, "it has changed meanwhile and stays")
        }
        let hidden = hiddenName(row)
        if row.action == .delete, isThere(row, hidden, in: source) {
            try FileTree.delete(hidden, in: source)
        }
        guard row.action == .move else { return settled(row, false, "deleted") }
        let target = try target(of: row, in: tree)
        guard let name = movedName(row, in: target) else { return settled(row, false, "gone") }
        return try moved(row, as: name, reason, target)
    }

    /// The name under which a file was moved already.
    private static func movedName(_ row: FileRow, in target: Descriptor) -> [UInt8]? {
        for number in 1...mostNames {
            let name = name(row, number)
            guard FileTree.status(of: name, in: target) != nil else { return nil }
            if isThere(row, name, in: target) { return name }
        }
        return nil
    }

    private static func moved(
        _ row: FileRow,
        as name: [UInt8],
        _ reason: String?,
        _ target: Descriptor
    ) throws(SystemCallError) -> FileChange {
        if let reason { try note(reason, of: name, row, in: target) }
        let text = String(decoding: name, as: UTF8.self)
        return settled(row, false, "moved to \(place(row))/\(text)")
    }

    private static func delete(
        _ row: FileRow,
        in source: Descriptor
    ) throws(SystemCallError) -> FileChange {
        // Under a name of its own, so that what is deleted is what was looked at.
        let hidden = hiddenName(row)
        try FileTree.move(row.path.name, in: source, to: hidden, in: source)
        guard isThere(row, hidden, in: source) else {
            try FileTree.move(hidden, in: source, to: row.path.name, in: source)
            return settled(row, true, "it has changed meanwhile and stays")
        }
        try FileTree.delete(hidden, in: source)
        return settled(row, false, "deleted")
    }

    private static func hiddenName(_ row: FileRow) -> [UInt8] {
        Array(".roost-leaving-\(row.eventID(in: 0).prefix(12))".utf8)
    }

    private static func target(
        of row: FileRow,
        in tree: FileTree
    ) throws(SystemCallError) -> Descriptor {
        var path = row.succeeded == false ? WatchPlan.failed : WatchPlan.done
        try FileTree.makeDirectory(path, in: tree.root)
        for step in row.path.directory.split(separator: UInt8(ascii: "/")) {
            try FileTree.makeDirectory(Array(step), in: tree.directory(path))
            path += [UInt8(ascii: "/")] + step
        }
        return try tree.directory(path)
    }

    /// How many names are tried.
    private static let mostNames = 10_000

    /// Its own name, or one with a number behind it.
    private static func name(_ row: FileRow, _ number: Int) -> [UInt8] {
        let ending = number == 1 ? [] : Array(".\(number)".utf8)
        return Array(row.path.name.prefix(FileTree.longestName - ending.count)) + ending
    }

    /// Moves it under its own name, or one with a number behind it.
    private static func move(
        _ row: FileRow,
        from source: Descriptor,
        to target: Descriptor
    ) throws(SystemCallError) -> [UInt8] {
        for number in 1...mostNames {
            let name = name(row, number)
            do throws(SystemCallError) {
                try FileTree.move(row.path.name, in: source, to: name, in: target)
                return name
            } catch {
                guard error.isTaken else { throw error }
            }
        }
        throw SystemCallError("renameat2", code: 17)
    }

    /// Writes why a file has failed beside it, whole or not at all; one that is there stays.
    private static func note(
        _ reason: String,
        of name: [UInt8],
        _ row: FileRow,
        in target: Descriptor
    ) throws(SystemCallError) {
        let ending = Array(".reason.txt".utf8)
        do throws(SystemCallError) {
            try FileTree.write(
                Array(reason.utf8.prefix(64 << 10)),
                as: name.prefix(FileTree.longestName - ending.count) + ending,
                by: hiddenName(row),
                in: target
            )
        } catch {
            guard error.isTaken else { throw error }
        }
    }
}
