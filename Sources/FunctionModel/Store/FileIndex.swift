/// What is known of watched directories: each file with what became of it.
///
/// A watch is a function with a directory. What changes in the index and what is queued because of it
/// go into one commit, so that no crash can part them.
public protocol FileIndex: Sendable {
    /// Returns the number of a watch, which it keeps for ever; a new one begins empty.
    func openWatch(
        of function: FunctionName,
        on directory: [UInt8]
    ) async throws(StoreError) -> FileWatch

    /// Lists all watches that there have been, and whose files are still kept.
    func watches() async throws(StoreError) -> [FileWatch]

    /// Returns what is kept of some files; `nil` for those that were never seen.
    func files(
        at paths: [FilePath],
        in watch: Int64
    ) async throws(StoreError) -> [FileRow?]

    /// Lists the files right in one directory, in the order of their names' bytes.
    func files(
        inDirectory directory: [UInt8],
        of watch: Int64,
        after name: [UInt8]?,
        limit: Int
    ) async throws(StoreError) -> [FileRow]

    /// Lists the directories that have files which are there, in the order of their bytes: one itself
    /// and all below it.
    func directories(
        below directory: [UInt8],
        of watch: Int64,
        after: [UInt8]?,
        limit: Int
    ) async throws(StoreError) -> [[UInt8]]

    /// Lists files by what became of them: those that wait in their turn, others by their paths.
    func files(_ query: FileQuery) async throws(StoreError) -> [FileRow]

    /// Returns the files that an invocation was made for, each with the number of its watch.
    func files(
        of invocation: InvocationID
    ) async throws(StoreError) -> [(watch: Int64, row: FileRow)]

    /// Counts the files of a watch by what became of them.
    func fileCounts(of watch: Int64) async throws(StoreError) -> [FileRow.State: Int]

    /// Takes changes in, then queues invocations for files that wait, all in one commit.
    ///
    /// A batch of which a file doesn't wait any more, or has changed since it was read, is withheld and
    /// changes nothing; so is one that the queue has no room for.
    ///
    /// - Returns: a verdict for each batch, in their order.
    func apply(
        _ changes: [FileChange],
        queueing batches: [FileBatch],
        in watch: Int64,
        bounds: QueueBounds
    ) async throws(StoreError) -> [EnqueueVerdict]

    /// Reads what is kept of some files, has it decided what becomes of them, and takes that in as
    /// `apply` does: all in one commit.
    ///
    /// `decide` never waits. It may be asked more than once; what it says last holds.
    ///
    /// - Parameters:
    ///   - paths: The files.
    ///   - watch: Whose.
    ///   - bounds: How much may wait in the queue.
    ///   - isPrompt: Whether what is queued may begin before the disk has it, so that a loss of power
    ///     may undo what has begun; the calling thread waits for the disk then.
    ///   - decide: Decides, given what is kept of each file.
    /// - Returns: what `decide` says beside, and a verdict for each batch, in their order.
    /// - Throws: `StoreError` where the commit failed: nothing of it has happened, unless it was prompt
    ///   and the disk failed after it had begun. It stands then, and nothing else is taken before the
    ///   disk has it.
    func decide<Rest: Sendable>(
        on paths: [FilePath],
        in watch: Int64,
        bounds: QueueBounds,
        isPrompt: Bool,
        _ decide: @escaping @Sendable ([FileRow?]) -> FileDecision<Rest>
    ) async throws(StoreError) -> (rest: Rest, verdicts: [EnqueueVerdict])

    /// Forgets files that have been gone so long, and returns how many those were.
    func forgetFiles(
        goneSince instant: WallTime,
        limit: Int
    ) async throws(StoreError) -> Int
}

/// What becomes of files.
public struct FileDecision<Rest: Sendable>: Sendable {
    /// What is to be kept of them.
    public var changes: [FileChange]
    /// What is to be queued because of that.
    public var batches: [FileBatch]
    /// What whoever decides has to tell beside.
    public var rest: Rest

    /// Joins what was decided.
    public init(_ changes: [FileChange], queueing batches: [FileBatch], _ rest: Rest) {
        self.changes = changes
        self.batches = batches
        self.rest = rest
    }
}

/// A function with a directory that it watches.
public struct FileWatch: Sendable, Hashable {
    /// Its number.
    public var id: Int64
    /// The function.
    public var function: FunctionName
    /// The directory's path.
    public var directory: [UInt8]

    /// Describes a watch.
    public init(id: Int64, function: FunctionName, directory: [UInt8]) {
        self.id = id
        self.function = function
        self.directory = directory
    }
}

/// Which files of a watch.
public struct FileQuery: Sendable, Hashable {
    /// The watch.
    public var watch: Int64
    /// Where they stand; `nil` for all.
    public var state: FileRow.State?
    /// The last one of the list before, by path; not for those that wait.
    public var after: FilePath?
    /// How many at most.
    public var limit: Int

    /// Asks for files.
    public init(
        watch: Int64,
        state: FileRow.State? = nil,
        after: FilePath? = nil,
        limit: Int = 100
    ) {
        self.watch = watch
        self.state = state
        self.after = after
        self.limit = limit
    }
}

/// Files that wait, and the invocation that is to handle them.
public struct FileBatch: Sendable {
    /// Which, each with the count of its events as the invocation tells it.
    public var files: [(path: FilePath, generation: Int)]
    /// The invocation.
    public var invocation: QueuedInvocation
    /// What is done with them afterwards.
    public var action: FileAction

    /// Joins files with their invocation.
    public init(
        _ files: [(path: FilePath, generation: Int)],
        _ invocation: QueuedInvocation,
        _ action: FileAction
    ) {
        self.files = files
        self.invocation = invocation
        self.action = action
    }
}
