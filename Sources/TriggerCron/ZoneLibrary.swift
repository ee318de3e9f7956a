public import FunctionModel
internal import Platform
internal import Synchronization

/// The time zones of this machine, each read once.
public final class ZoneLibrary: Sendable {
    /// More than IANA has.
    private static let most = 2_000
    private let known = Mutex<[String: ZoneRules]>(["UTC": .utc])

    /// Has read none yet.
    public init() {}

    /// The clocks of a zone.
    ///
    /// - Throws: `ScheduleProblem` for a name that isn't one of this machine's zones.
    public func zone(named name: String) throws(ScheduleProblem) -> ZoneRules {
        if let zone = known.withLock({ $0[name] }) { return zone }
        guard ZoneRules.isName(name),
            let bytes = ZoneFiles.bytes(of: name, limit: ZoneRules.longestFile)
        else {
            throw ScheduleProblem(
                ZoneFiles.isInstalled
                    ? "there is no time zone '\(name.prefix(80))': write one of IANA's names, such as "
                        + "Europe/Berlin"
                    : "the time zone '\(name.prefix(80))' can't be read, for this machine has none: "
                        + "install tzdata"
            )
        }
        let zone: ZoneRules
        do { zone = try ZoneRules(name: name, file: bytes) } catch {
            throw ScheduleProblem(error.description)
        }
        known.withLock { if $0.count < Self.most { $0[name] = zone } }
        return zone
    }
}
