/// What is kept of one file of a watch, from the first sight of it until it is long gone.
public struct FileRow: Sendable, Hashable {
    /// Where a file stands; the numbers are stored.
    public enum State: Int, Sendable, Hashable, CaseIterable {
        /// An event of it waits to be queued.
        case pending = 1
        /// An invocation that handles it is queued or runs.
        case queued = 2
        /// It has been handled.
        case done = 3
        /// Its invocation was given up; it lies among the dead letters.
        case failed = 4
        /// It has been handled, or given up, and is yet to be deleted or moved away.
        case acting = 5
        /// Nothing is to be done about it.
        case ignored = 6

        /// The word for it.
        public var word: String {
            switch self {
            case .pending: "pending"
            case .queued: "queued"
            case .done: "done"
            case .failed: "failed"
            case .acting: "leaving"
            case .ignored: "ignored"
            }
        }
    }

    /// Where it lies.
    public var path: FilePath
    /// What is known of its content.
    public var facts: FileFacts
    /// Where it stands.
    public var state: State
    /// What happened last.
    public var kind: FileChangeKind
    /// Whether it is there.
    public var isPresent: Bool
    /// Whether it has changed again since its invocation was queued.
    public var isChangedAgain: Bool
    /// Counts the events of it.
    public var generation: Int
    /// Its turn among those that wait.
    public var rank: Int64
    /// The invocation that handles it, or did.
    public var invocation: InvocationID?
    /// What is done when it has been handled.
    public var action: FileAction
    /// Whether its last invocation succeeded; `nil` before its end.
    public var succeeded: Bool?
    /// When the last event of it was found.
    public var found: WallTime
    /// When its last invocation ended.
    public var ended: WallTime?
    /// Since when it hasn't been there; `nil` while it is.
    public var goneSince: WallTime?
    /// Why it stands where it stands, where that needs a word.
    public var note: String

    /// Describes a file that nothing has happened to.
    public init(path: FilePath, facts: FileFacts, found: WallTime) {
        self.path = path
        self.facts = facts
        self.found = found
        state = .ignored
        kind = .added
        isPresent = true
        isChangedAgain = false
        generation = 0
        rank = 0
        action = .leave
        note = ""
    }
}

/// What is done with a file that has been handled; the numbers are stored.
public enum FileAction: Int, Sendable, Hashable, CaseIterable {
    /// It stays.
    case leave = 0
    /// It is deleted after a success.
    case delete = 1
    /// It is moved to `done` or `failed`.
    case move = 2
}

/// A difference between what is kept of a file and what is there.
public struct FileChange: Sendable, Hashable {
    /// What became of it.
    public enum Kind: Sendable, Hashable {
        /// An event is to be told.
        case event(FileChangeKind)
        /// It is kept without an event.
        case seen(note: String)
        /// It is gone, and nobody wants to hear of it.
        case gone
        /// What was to be done after its end has been done: it is gone, or stays where it is.
        case settled(isPresent: Bool, note: String)
        /// It is to be handled once more.
        case again
    }

    /// Which file.
    public var path: FilePath
    /// What became of it.
    public var kind: Kind
    /// What it is now; `nil` where it is gone.
    public var facts: FileFacts?
    /// Its turn among those that wait.
    public var rank: Int64

    /// Describes a difference.
    public init(_ path: FilePath, _ kind: Kind, facts: FileFacts? = nil, rank: Int64 = 0) {
        self.path = path
        self.kind = kind
        self.facts = facts
        self.rank = rank
    }
}

extension FileChange {
    /// What is to be kept of the file from now on, or `nil` for nothing.
    ///
    /// What its invocation has in hand stays so until that ends; what happens meanwhile is told then. So
    /// does what is known of its content, unless an event of the new one is told: else nobody could tell
    /// any more whether what lies there has been handled.
    public func applied(to row: FileRow?, now: WallTime) -> FileRow? {
        guard var row = row ?? facts.map({ FileRow(path: path, facts: $0, found: now) }) else {
            return nil
        }
        if let facts, !row.isInHand || isEvent { row.facts = facts }
        switch kind {
        case .event(let kind): row.tell(kind, rank: rank, now: now)
        case .seen(let note): row.see(note)
        case .gone: row.vanish()
        case .settled(let isPresent, let note): row.settle(isPresent: isPresent, note)
        case .again: row.repeatLast(rank: rank, now: now)
        }
        row.goneSince = row.isPresent ? nil : row.goneSince ?? now
        return row
    }

    private var isEvent: Bool {
        if case .event = kind { true } else { false }
    }
}

extension FileRow {
    fileprivate mutating func tell(_ next: FileChangeKind, rank: Int64, now: WallTime) {
        let isNews = state == .pending && kind == .added
        isPresent = next != .removed
        found = now
        generation += 1
        note = ""
        self.rank = rank
        if isNews, next == .removed {
            // It came and went before anybody was told.
            state = .done
            kind = .removed
            note = "gone before it was handled"
            return
        }
        // One that nobody has been told of is still new.
        kind = isNews && next == .changed ? .added : next
        if state == .queued {
            isChangedAgain = true
        } else {
            state = .pending
            succeeded = nil
            invocation = nil
        }
    }

    /// Whether somebody still has to do something about the content that is known of it: an invocation
    /// that handles it, one that may be redriven, or the host, which is to delete or move it.
    fileprivate var isInHand: Bool { [.queued, .acting, .failed].contains(state) }

    fileprivate mutating func see(_ words: String) {
        // What was gone while it was in hand has come back as another: that is seen afterwards.
        guard state != .queued, state != .acting else { return }
        isPresent = true
        if !words.isEmpty {
            state = .ignored
            note = words
        }
    }

    fileprivate mutating func vanish() {
        isPresent = false
        switch state {
        case .pending:
            state = .done
            note = "gone before it was handled"
        case .acting: settle(isPresent: false, "gone before it could be moved or deleted")
        case .ignored: state = .done
        case .queued, .done, .failed: break
        }
        isChangedAgain = false
    }

    fileprivate mutating func settle(isPresent: Bool, _ words: String) {
        guard state == .acting else { return }
        state = succeeded == false ? .failed : .done
        self.isPresent = isPresent
        note = words
    }

    fileprivate mutating func repeatLast(rank: Int64, now: WallTime) {
        guard isPresent, state != .queued, state != .acting, state != .pending else { return }
        if kind == .removed { kind = .added }
        state = .pending
        generation += 1
        self.rank = rank
        found = now
        invocation = nil
        succeeded = nil
        note = "to be handled once more"
    }

    /// Its invocation has been queued.
    public mutating func queue(_ id: InvocationID, _ action: FileAction) {
        state = .queued
        invocation = id
        self.action = action
        isChangedAgain = false
        succeeded = nil
        ended = nil
    }

    /// Its invocation has ended for good; also one that was a dead letter before, and was redriven.
    public mutating func end(_ end: Settlement.End, now: WallTime) {
        guard state == .queued || state == .failed else { return }
        ended = now
        succeeded = end == .succeeded
        // Where one lies that has been moved away stays known.
        if state == .queued || isPresent {
            note =
                switch end {
                case .dead(let reason): reason.rawValue
                case .cancelled: "cancelled"
                default: ""
                }
        }
        if isChangedAgain {
            isChangedAgain = false
            state = .pending
            return
        }
        let hasAction =
            switch action {
            case .leave: false
            case .delete: succeeded == true
            case .move: true
            }
        state =
            hasAction && isPresent ? .acting : succeeded == true ? .done : .failed
    }

    /// Names this event of the file for ever, within its watch: no two events have the same.
    public func eventID(in watch: Int64) -> String {
        var bytes = path.directory
        // No name holds it.
        bytes.append(0)
        bytes += path.name
        bytes.append(0)
        let numbers: [Int64] = [
            watch, Int64(generation), Int64(kind.rawValue), Int64(bitPattern: facts.device),
            Int64(bitPattern: facts.inode), facts.size, facts.modified,
        ]
        for number in numbers {
            for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: number >> (place * 8))) }
        }
        var hash = SHA256()
        hash.add(bytes)
        return String(hash.finish().prefix(32))
    }
}
