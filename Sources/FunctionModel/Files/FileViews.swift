/// A watched directory, as operators see it.
public struct WatchView: Sendable, Hashable, Codable {
    /// The function.
    public var function: FunctionName
    /// The directory.
    public var directory: String
    /// `starting`, `watching`, `polling`, `absent` or `stopped`.
    public var mode: String
    /// Why it isn't `watching`.
    public var reason: String?
    /// How often all of it has been looked at.
    public var looks: Int
    /// How long the latest look took, in seconds.
    public var lookSeconds: Double
    /// How often the kernel's queue was full.
    public var overflows: Int
    /// Files that have to stay the same for a while yet.
    public var settling: Int
    /// Directories that the kernel watches.
    public var directories: Int
    /// Files by what became of them.
    public var files: [String: Int]
    /// What else is to be known, such as another watch that is told of the same files.
    public var warnings: [String]?

    /// Shows a watch of which nothing is known yet.
    public init(function: FunctionName, directory: String) {
        self.function = function
        self.directory = directory
        mode = "starting"
        looks = 0
        lookSeconds = 0
        overflows = 0
        settling = 0
        directories = 0
        files = [:]
    }

    /// Whether it does what it is there for, as far as the machine allows.
    public var isWatching: Bool { mode == "watching" || mode == "starting" }

    /// Whether nothing of it waits or runs.
    public var isQuiet: Bool {
        looks > 0 && settling == 0
            && ["pending", "queued", "leaving"].allSatisfy { files[$0, default: 0] == 0 }
    }
}

/// A file of a watched directory, as operators see it.
public struct FileView: Sendable, Hashable, Codable {
    /// Its path below the directory; what isn't text is replaced.
    public var path: String
    /// The path's bytes in hexadecimal, where they aren't text.
    public var rawPath: String?
    /// The watched directory.
    public var directory: String
    /// `pending`, `queued`, `done`, `failed`, `leaving` or `ignored`.
    public var state: String
    /// `added`, `changed` or `removed`: what happened last.
    public var kind: String
    /// Whether it is there.
    public var isPresent: Bool
    /// How many events of it there have been.
    public var events: Int
    /// Its size in bytes.
    public var size: Int64
    /// When its content was last changed, in seconds since 1970.
    public var modified: Double
    /// When its latest event was found, in seconds since 1970.
    public var found: Double
    /// When its latest invocation ended, in seconds since 1970.
    public var ended: Double?
    /// The invocation that handles it, or did.
    public var invocation: InvocationID?
    /// Why it stands where it stands.
    public var note: String?

    /// Shows a file.
    public init(_ row: FileRow, in directory: [UInt8]) {
        path = row.path.text
        rawPath = row.path.isText ? nil : row.path.hexadecimal
        self.directory = String(decoding: directory, as: UTF8.self)
        state = row.state.word
        kind = row.kind.word
        isPresent = row.isPresent
        events = row.generation
        size = row.facts.size
        modified = Double(row.facts.modified) / 1e9
        found = row.found.seconds
        ended = row.ended?.seconds
        invocation = row.invocation
        note = row.note.isEmpty ? nil : row.note
    }
}

/// A part of a list of files.
public struct FilePage: Sendable, Hashable, Codable {
    /// The files, by their paths.
    public var files: [FileView]
    /// Where the next part begins; `nil` when there is none.
    public var next: String?

    /// Shows a part.
    public init(_ files: [FileView], next: String? = nil) {
        self.files = files
        self.next = next
    }
}

/// Which files are to be handled once more: one, or all; with none a watch that was stopped goes on.
public struct FileChoice: Sendable, Hashable, Codable {
    /// This one, by its path below the watched directory.
    public var path: String?
    /// The same by the bytes of its path in hexadecimal, which need not be text.
    public var rawPath: String?
    /// All that are there.
    public var all: Bool?

    /// Chooses files.
    public init(path: String? = nil, rawPath: String? = nil, all: Bool? = nil) {
        self.path = path
        self.rawPath = rawPath
        self.all = all
    }
}

/// What operators ask about watched directories.
public protocol FileOperations: Sendable {
    /// Lists all watched directories, by function and directory.
    func watches() async throws -> [WatchView]

    /// Lists the files of a function, by their paths.
    ///
    /// - Parameters:
    ///   - function: Its full or short name.
    ///   - state: Only those that stand so.
    ///   - after: Where an earlier part ended.
    ///   - limit: How many at most.
    /// - Returns: A part of the list.
    /// - Throws: `HostOperationError` when the function watches nothing.
    func files(
        of function: String,
        state: String?,
        after: String?,
        limit: Int
    ) async throws -> FilePage

    /// Has files handled once more, and lets a watch go on that was stopped; returns how many files.
    ///
    /// - Throws: `HostOperationError` when the function watches nothing, the file isn't there, or no
    ///   file is chosen and no watch was stopped.
    func reprocess(_ choice: FileChoice, of function: String) async throws -> Int
}

extension FilePath {
    /// The path's bytes, two digits each.
    public var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads two digits for each byte; `nil` for anything else.
    public init?(hexadecimal text: String) {
        let digits = text.compactMap(\.hexDigitValue)
        guard digits.count == text.count, digits.count % 2 == 0 else { return nil }
        self.init(
            stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
        )
    }
}
