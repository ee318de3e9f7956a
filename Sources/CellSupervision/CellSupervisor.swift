internal import FoundationEssentials
public import FunctionModel
public import Logging
public import NIOCore
internal import Platform

/// Keeps the cells: starts workers in them, probes plugins, renews and replaces cells, and ends them.
///
/// A thread of its own, the keeper, spawns every cell and talks to it; the channels of workers live on
/// the event loops.
public final class CellSupervisor: WorkerHost {
    private let inbox: KeeperInbox
    private let group: any EventLoopGroup
    /// Cells that ended without having been asked to; for one reader, which loses the oldest when it
    /// doesn't keep up.
    public let incidents: AsyncStream<CellIncident>

    /// Starts the keeper and a first spare cell.
    ///
    /// - Throws: `SystemCallError` when the system refuses a thread or descriptors.
    public init(
        configuration: CellConfiguration,
        group: any EventLoopGroup,
        logger: Logger
    ) throws {
        let inbox = try KeeperInbox()
        self.inbox = inbox
        self.group = group
        let (incidents, incident) = AsyncStream.makeStream(
            of: CellIncident.self,
            bufferingPolicy: .bufferingNewest(256)
        )
        self.incidents = incidents
        try ServiceThread.start(named: "cell-keeper") {
            CellKeeper(configuration: configuration, inbox: inbox, logger: logger) {
                incident.yield($0)
            }.run()
        }
    }

    /// Starts a worker; the observer hears what becomes of it.
    public func startWorker(_ plan: WorkerPlan, observer: any WorkerObserver) {
        let eventLoop = group.any()
        guard inbox.post(.start(plan, observer, eventLoop)) else {
            eventLoop.execute {
                let reason = WorkerEnd.failedToStart(.hostStopping)
                observer.workerDidEnd(nil, reason: reason, unstarted: [])
            }
            return
        }
    }

    /// Runs a version in a throw-away cell and reads its manifest.
    public func probe(
        imagePath: String,
        entrySymbol: String,
        timeout: Duration
    ) async throws -> ProbeReport {
        let finding = try await withCheckedContinuation { continuation in
            let request = ProbeRequest(
                imagePath: imagePath,
                entrySymbol: entrySymbol,
                timeout: timeout
            ) { continuation.resume(returning: $0) }
            guard inbox.post(.probe(request, group.any())) else {
                return continuation.resume(returning: .failure(.hostStopping))
            }
        }.get()
        let manifest = try finding.decodedManifest()
        return ProbeReport(manifest: manifest, load: finding.load, start: finding.start)
    }

    /// Tells what cells there are.
    public func report() async -> CellReport {
        await withCheckedContinuation { continuation in
            let taken = inbox.post(.report { continuation.resume(returning: $0) })
            if !taken {
                continuation.resume(returning: CellReport(cells: [], renewals: [:], probes: 0))
            }
        }
    }

    /// Renews one cell, or all of them, without losing an invocation.
    public func renew(cell: Int? = nil) {
        // Nothing is left to renew when the keeper has ended.
        _ = inbox.post(.renew(cell: cell, .asked))
    }

    /// Renews a cell whose memory somebody has destroyed, as it seems.
    public func renew(harmed cell: Int) {
        // Nothing is left to renew when the keeper has ended.
        _ = inbox.post(.renew(cell: cell, .tainted))
    }

    /// Ends every worker and cell and returns when no process is left.
    ///
    /// - Parameter grace: what invocations that still run get to end.
    public func shutdown(grace: Duration = .seconds(5)) async {
        await withCheckedContinuation { continuation in
            let taken = inbox.post(.shutdown(grace: grace) { continuation.resume() })
            if !taken { continuation.resume() }
        }
    }
}

extension ProbeRequest.Finding {
    /// Reads the manifest.
    ///
    /// - Throws: `PluginRefusal` when it is too long or isn't a manifest.
    func decodedManifest() throws(PluginRefusal) -> Manifest {
        guard manifest.readableBytes <= ProbeRequest.manifestLimit else {
            throw PluginRefusal(
                kind: "badManifest",
                message: "the plugin's manifest has \(manifest.readableBytes) bytes; "
                    + "at most \(ProbeRequest.manifestLimit) are read"
            )
        }
        do {
            return try JSONDecoder().decode(Manifest.self, from: Data(manifest.readableBytesView))
        } catch {
            throw PluginRefusal(
                kind: "badManifest",
                message: "the plugin's manifest can't be read: \(Self.sentence(for: error))"
            )
        }
    }

    private static func sentence(for error: any Error) -> String {
        func place(_ path: [any CodingKey]) -> String {
            path.isEmpty ? "at its top" : "at " + path.map(\.stringValue).joined(separator: ".")
        }
        switch error {
        case DecodingError.keyNotFound(let key, let context):
            return "'\(key.stringValue)' is missing \(place(context.codingPath))"
        case DecodingError.typeMismatch(_, let context),
            DecodingError.valueNotFound(_, let context):
            return "\(place(context.codingPath)) stands a value of the wrong type"
        case DecodingError.dataCorrupted(let context):
            return context.codingPath.isEmpty
                ? "it is not valid JSON" : "\(place(context.codingPath)) stands a bad value"
        default: return "\(error)"
        }
    }
}

extension PluginRefusal {
    static let hostStopping = PluginRefusal(kind: "hostStopping", message: "the host is stopping")
}
