public import FunctionModel
public import Platform
internal import Synchronization

/// The time zones of this machine, each read once, and again when its file has changed.
public final class ZoneLibrary: Sendable {
    private struct Known {
        var zone: ZoneRules
        var file: FileIdentity?
    }

    private struct State {
        var known = ["UTC": Known(zone: .utc)]
        var generation = 0
    }

    /// More than IANA has.
    private static let most = 2_000
    private let directories: [String]
    private let state = Mutex(State())

    /// Has read none yet.
    public init(directories: [String] = ZoneFiles.directories) { self.directories = directories }

    /// Another number whenever clocks of a zone go otherwise than before.
    public var generation: Int { state.withLock { $0.generation } }

    /// The clocks of a zone.
    ///
    /// - Throws: `ScheduleProblem` for a name that isn't one of this machine's zones.
    public func zone(named name: String) throws(ScheduleProblem) -> ZoneRules {
        if let known = state.withLock({ $0.known[name] }) { return known.zone }
        let read = try read(name)
        state.withLock { if $0.known.count < Self.most { $0.known[name] = read } }
        return read.zone
    }

    /// Looks at the files of all zones that are known, and reads those anew that have changed; what
    /// can't be read stays as it was.
    ///
    /// - Returns: The zones whose clocks go otherwise than before.
    public func renew() -> [String] {
        var changed: [String] = []
        for (name, known) in state.withLock({ $0.known }) {
            guard let before = known.file,
                let file = ZoneFiles.identity(of: name, in: directories), file != before
            else { continue }
            let new: Known
            do throws(ScheduleProblem) { new = try read(name) } catch { continue }
            state.withLock { $0.known[name] = new }
            if new.zone != known.zone { changed.append(name) }
        }
        if !changed.isEmpty { state.withLock { $0.generation += 1 } }
        return changed.sorted()
    }

    private func read(_ name: String) throws(ScheduleProblem) -> Known {
        // Asked first: a file that is replaced meanwhile is read once more then.
        let file = ZoneFiles.identity(of: name, in: directories)
        guard ZoneRules.isName(name),
            let bytes = ZoneFiles.bytes(of: name, limit: ZoneRules.longestFile, in: directories)
        else {
            throw ScheduleProblem(
                ZoneFiles.isInstalled
                    ? "there is no time zone '\(name.prefix(80))': write one of IANA's names, such as "
                        + "Europe/Berlin"
                    : "the time zone '\(name.prefix(80))' can't be read, for this machine has none: "
                        + "install tzdata",
                of: .timeZone
            )
        }
        do { return Known(zone: try ZoneRules(name: name, file: bytes), file: file) } catch {
            throw ScheduleProblem(error.description, of: .timeZone)
        }
    }
}
