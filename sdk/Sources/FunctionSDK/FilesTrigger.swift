extension Trigger where Input == FileEvent {
    /// Files that appear, change or vanish in a directory; one invocation for each.
    ///
    /// - Parameters:
    ///   - directory: the directory, below the plugin's own in the host's home (`files/<plugin>/…`); a
    ///     whole path needs the operator's word in `roost.yaml`.
    ///   - matching: glob patterns of file names, or of paths where they hold a `/`; none stands for all
    ///     but hidden files and editors' backups.
    ///   - recursive: whether directories below are watched too.
    ///   - kinds: what is told; the default is what is added or changed.
    ///   - stableFor: how long a file has to stay the same that nobody was seen to finish; one that its
    ///     writer closes, or that is moved in, is told at once. The default is 500 ms.
    ///   - parallelism: how many invocations may be under way at the same time.
    ///   - order: which files come first.
    ///   - afterwards: what becomes of a file that has been handled.
    ///   - largest: the largest file that is told of.
    /// - Returns: the trigger.
    public static func files(
        _ directory: String,
        matching: String...,
        recursive: Bool = false,
        kinds: Set<FileEvent.Kind> = [],
        stableFor: Duration? = nil,
        parallelism: Int? = nil,
        order: FileOrder? = nil,
        afterwards: FileAfterwards? = nil,
        largest: MemorySize? = nil
    ) -> Self {
        let files = FilesDeclaration(
            directory: directory,
            matching: matching,
            recursive: recursive,
            kinds: kinds,
            stableFor: stableFor,
            parallelism: parallelism,
            order: order,
            afterwards: afterwards,
            largest: largest
        )
        return Self(declaration: .files(files))
    }
}

extension Trigger where Input == [FileEvent] {
    /// Files that appear, change or vanish in a directory; up to `batch` in one invocation, which succeeds
    /// or fails as a whole.
    ///
    /// - Parameters:
    ///   - directory: the directory, below the plugin's own in the host's home (`files/<plugin>/…`); a
    ///     whole path needs the operator's word in `roost.yaml`.
    ///   - matching: glob patterns of file names, or of paths where they hold a `/`; none stands for all
    ///     but hidden files and editors' backups.
    ///   - recursive: whether directories below are watched too.
    ///   - kinds: what is told; the default is what is added or changed.
    ///   - stableFor: how long a file has to stay the same that nobody was seen to finish.
    ///   - batch: how many files one invocation takes at most.
    ///   - parallelism: how many invocations may be under way at the same time.
    ///   - order: which files come first.
    ///   - afterwards: what becomes of files that have been handled.
    ///   - largest: the largest file that is told of.
    /// - Returns: the trigger.
    public static func files(
        _ directory: String,
        matching: String...,
        recursive: Bool = false,
        kinds: Set<FileEvent.Kind> = [],
        stableFor: Duration? = nil,
        batch: Int,
        parallelism: Int? = nil,
        order: FileOrder? = nil,
        afterwards: FileAfterwards? = nil,
        largest: MemorySize? = nil
    ) -> Self {
        let files = FilesDeclaration(
            directory: directory,
            matching: matching,
            recursive: recursive,
            kinds: kinds,
            stableFor: stableFor,
            batch: batch,
            parallelism: parallelism,
            order: order,
            afterwards: afterwards,
            largest: largest
        )
        return Self(declaration: .files(files))
    }
}

/// Which files of a watch come first.
public enum FileOrder: String, Sendable, Hashable {
    /// As they were found.
    case arrival
    /// By the bytes of their paths.
    case name
    /// Those that were changed longest ago.
    case oldest
    /// Those that were changed last.
    case newest
}

/// What becomes of a file that has been handled.
public enum FileAfterwards: String, Sendable, Hashable {
    /// It stays.
    case leave
    /// It is deleted after a success.
    case delete
    /// It is moved to `done` after a success, and to `failed` when it is given up, where a file beside it
    /// says why.
    case move
}

/// A watched directory, as the manifest declares it.
struct FilesDeclaration: Sendable, Hashable {
    var directory: String
    var matching: [String]
    var recursive: Bool
    var kinds: Set<FileEvent.Kind>
    var stableFor: Duration?
    var batch: Int?
    var parallelism: Int?
    var order: FileOrder?
    var afterwards: FileAfterwards?
    var largest: MemorySize?
}
