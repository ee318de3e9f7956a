internal import FunctionModel
internal import Platform
internal import Synchronization

/// What a watch has yet to look at.
struct Findings: Sendable {
    /// The most names; beyond that everything is looked at instead.
    static let limit = 65_536

    /// Files, with how sure their content is.
    var files: [FilePath: Evidence] = [:]
    /// Directories that came, went or are not known well enough.
    var directories: Set<[UInt8]> = []
    /// Directories that are gone from where they were, before any other is looked at.
    var left: Set<[UInt8]> = []
    /// Everything has to be looked at.
    var everything = false
    /// The directory itself may be another one by now.
    var rootMayHaveLeft = false
    /// The kernel's queue was full.
    var overflows = 0

    var isEmpty: Bool {
        files.isEmpty && directories.isEmpty && left.isEmpty && !everything && !rootMayHaveLeft
    }

    /// Notes what was told of a name in a directory.
    mutating func note(_ notice: Inotify.Notice, in directory: [UInt8]) {
        switch notice.what {
        case .overflowed:
            overflows += 1
            lookAtEverything()
        case .left, .ended:
            guard !directory.isEmpty else {
                rootMayHaveLeft = true
                return
            }
            // Whatever is there now is watched anew.
            leave(directory)
            if !everything { directories.insert(directory) }
        case .appeared, .completed, .vanished:
            let path = FilePath(directory: directory, name: notice.name)
            if notice.isDirectory, notice.what == .vanished { leave(path.bytes) }
            guard !everything else { return }
            if notice.isDirectory {
                directories.insert(path.bytes)
            } else {
                files[path] = notice.what == .completed ? .complete : .seen
            }
            if files.count > Self.limit || directories.count > Self.limit { lookAtEverything() }
        }
    }

    private mutating func leave(_ directory: [UInt8]) {
        left.insert(directory)
        guard left.count > Self.limit else { return }
        // All of them: what is still there is watched again by the look at everything.
        left = [[]]
        lookAtEverything()
    }

    /// A file may be another by now.
    mutating func look(at path: FilePath) {
        guard !everything else { return }
        if files[path] == nil { files[path] = .seen }
        if files.count > Self.limit { lookAtEverything() }
    }

    mutating func lookAtEverything() {
        everything = true
        files = [:]
        directories = []
    }
}

/// Findings on their way from the thread that hears of them to the watch that looks.
final class WatchInbox: Sendable {
    private let findings = Mutex(Findings())
    /// Files to look at once more when the invocation that was made for them has ended.
    private let later = Mutex<[FilePath: InvocationID]>([:])
    let (signals, signal) = AsyncStream.makeStream(
        of: Void.self,
        bufferingPolicy: .bufferingNewest(1)
    )

    func note(_ notices: [(Inotify.Notice, directory: [UInt8])]) {
        findings.withLock { findings in
            for (notice, directory) in notices { findings.note(notice, in: directory) }
        }
        signal.yield()
    }

    /// Has everything looked at.
    func lookAtEverything() {
        findings.withLock { $0.lookAtEverything() }
        signal.yield()
    }

    /// Has a file looked at, and once more when an invocation has ended.
    func look(at path: FilePath, after id: InvocationID? = nil) {
        if let id { later.withLock { $0[path] = id } }
        findings.withLock { $0.look(at: path) }
        signal.yield()
    }

    /// Has those files looked at whose invocations have ended.
    func lookAgain(but flight: Flight) {
        let due = later.withLock { later in
            let due = later.filter { !flight.contains($0.value) }.keys
            for path in due { later[path] = nil }
            return due
        }
        guard !due.isEmpty else { return }
        findings.withLock { for path in due { $0.look(at: path) } }
    }

    func wake() { signal.yield() }

    func take() -> Findings {
        findings.withLock { findings in
            defer { findings = Findings() }
            return findings
        }
    }
}
