import Foundation
import FunctionModel
import Synchronization

@testable import PluginCatalog

/// Probes by reading a marker out of the file, and counts.
final class FakeWorkers: WorkerHost {
    func renew(harmed cell: Int) {}

    let probes = Mutex<[String]>([])
    let refusal = Mutex<PluginRefusal?>(nil)

    func startWorker(_ plan: WorkerPlan, observer: any WorkerObserver) {
        observer.workerDidEnd(nil, reason: .retired, unstarted: [])
    }

    func probe(
        imagePath: String,
        entrySymbol: String,
        timeout: Duration
    ) async throws -> ProbeReport {
        probes.withLock { $0.append(imagePath) }
        if let refusal = refusal.withLock({ $0 }) { throw refusal }
        let text = String(
            decoding: try Data(contentsOf: URL(fileURLWithPath: imagePath)),
            as: Unicode.ASCII.self
        )
        guard let start = text.range(of: PluginFactory.marker) else {
            throw PluginRefusal(kind: "test", message: "no marker")
        }
        let parts = text[start.upperBound...].split(separator: ":", maxSplits: 2)
        return ProbeReport(
            manifest: Manifest(
                plugin: String(parts[0]),
                functions: [FunctionManifest(name: "run")]
            ),
            load: .microseconds(150),
            start: .microseconds(30)
        )
    }
}

/// Keeps what is in service, and every change of it.
final class FakeInstaller: VersionInstaller {
    struct Services {
        var versions: [String: PluginVersion] = [:]
        var log: [String] = []
        var refusal: PluginRefusal?
        var warmed = 0
    }

    let services = Mutex(Services())
    /// Ends the draining of everything, when a test has begun it.
    let draining = Mutex<AsyncStream<Void>?>(nil)

    func released(contentHash: String) async {
        guard let draining = draining.withLock({ $0 }) else { return }
        for await _ in draining {}
    }

    func install(_ version: PluginVersion) async throws { try await install(version, warm: true) }

    func install(_ version: PluginVersion, warm: Bool) async throws {
        let refusal = services.withLock { services in
            if services.refusal == nil {
                services.versions[version.manifest.plugin] = version
                services.warmed += warm ? 1 : 0
                services.log.append("+\(version.manifest.plugin) \(version.shortHash)")
            }
            return services.refusal
        }
        if let refusal { throw refusal }
    }

    func remove(plugin: String) async {
        services.withLock { services in
            services.versions[plugin] = nil
            services.log.append("-\(plugin)")
        }
    }

    /// The hash that a plugin is served with.
    func hash(_ plugin: String) -> String? {
        services.withLock { $0.versions[plugin]?.contentHash }
    }
}
