internal import FunctionModel
internal import HostSettings
internal import InvocationStore
internal import Logging
internal import Platform

/// The store in the host's home, with what keeps it in order.
struct HostStore: Sendable {
    let store: any DurableStore & StoreUpkeep
    let records: RecordWriter
    /// Says what follows from what the store gives up; known once there is who knows.
    let givenUp: Late<GivenUp>
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
            } catch {
                logger.warning("old entries of the store stay for now: \(error)")
            }
            try await Task.sleep(for: .seconds(60))
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
