internal import FunctionModel
internal import HostSettings
internal import InvocationStore
internal import Logging
internal import Platform
internal import RoostCLI
internal import TriggerFiles

internal import class Foundation.FileManager

/// The store in the host's home, with what keeps it in order.
struct HostStore: Sendable {
    let store: any DurableStore & StoreUpkeep
    let records: RecordWriter
    /// Says what follows from what the store gives up; known once there is who knows.
    let givenUp: Late<GivenUp>
    /// Hears of the ends of what files have set off.
    let files = Late<FilesTrigger>()
    private let logger: Logger

    /// The present time, as the store takes it.
    static var now: WallTime { WallTime(nanoseconds: WallClock.nanoseconds) }

    /// Where the store of a home lies.
    static func path(home: String) -> String { "\(home)/roost.sqlite" }

    /// Opens the store of a home, or makes it.
    ///
    /// - Throws: `HomeProblem` when it is damaged, newer than this program, or another's.
    init(home: String, _ live: LiveSettings, _ logger: Logger) throws {
        let givenUp = Late<GivenUp>()
        self.givenUp = givenUp
        do throws(StoreError) {
            store = try Stores.file(
                Self.path(home: home),
                now: { Self.now },
                givenUp: { givenUp.value?($0) ?? [] }
            )
        } catch {
            throw HomeProblem("the home \(home) can't be used: \(error)")
        }
        records = RecordWriter(
            store,
            sampling: { RecordSampling(oneIn: live.settings.recordSample) }
        )
        self.logger = logger
        for finding in store.findings { logger.warning("\(finding)") }
    }

    /// Removes each minute what is over and old, until the task is cancelled.
    func keepInOrder() async throws {
        while true {
            do {
                while try await store.sweep(RetentionPolicy()).isPartial {}
                try await forgetFiles()
            } catch {
                logger.warning("old entries of the store stay for now: \(error)")
            }
            try await Task.sleep(for: .seconds(60))
        }
    }

    /// Files that are gone are remembered for a week.
    private func forgetFiles() async throws(StoreError) {
        let limit = 1_000
        let instant = Self.now - .seconds(7 * 86_400)
        while try await store.forgetFiles(goneSince: instant, limit: limit) == limit {}
    }

    /// Reads everything once a day, the first time soon after the start, and tells what is damaged.
    ///
    /// It goes on a reader's thread in small steps, a tenth of the time: neither commits nor runs wait
    /// for it.
    func lookForDamage() async throws {
        try await Task.sleep(for: .seconds(3))
        while true {
            do {
                for finding in try await store.damage(pauses: 9) {
                    logger.error("the store is damaged: \(finding)")
                }
            } catch {
                logger.warning("the store can't be checked now: \(error)")
            }
            try await Task.sleep(for: .seconds(86_400))
        }
    }

    /// What `roost check` says of the store of a home; `nil` when there is none yet.
    static func check(home: String) async -> CheckItem? {
        let path = path(home: home)
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do throws(StoreError) {
            // A host may have it meanwhile.
            let store = try Stores.reading(path) { now }
            let findings = try await store.damage()
            try await store.close()
            guard let first = findings.first else {
                let detail = "every row of \(path) fits its checksum"
                return CheckItem(name: "store", state: .enforced, detail: detail)
            }
            let detail =
                "\(path) is damaged in \(findings.count) places, first \(first): what is "
                + "intact goes on; restore a backup for the rest"
            return CheckItem(name: "store", state: .missing, detail: detail)
        } catch {
            return CheckItem(name: "store", state: .missing, detail: "\(error)")
        }
    }

    /// Writes what waits and closes the file.
    func close() async {
        await records.flush()
        do { try await store.close() } catch {
            logger.error("the store was not closed in order: \(error)")
        }
    }
}
