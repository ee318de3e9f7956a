internal import CellSupervision
internal import Foundation
internal import FunctionModel
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Platform
internal import PluginCatalog
internal import RoostCLI

/// What `inspect` and `check` do without a running host.
struct LocalWork: HostWork {
    func inspect(file: String, probe: Bool) async throws -> InspectionReport {
        if SignatureInspection.isSignatureFile(file) {
            return try await inspect(signatures: file, probe: probe)
        }
        let inspection = try Inspection(path: file)
        var report = InspectionReport(
            file: file,
            facts: inspection.facts,
            refusal: inspection.refusal,
            warnings: inspection.notes
        )
        guard probe, inspection.refusal == nil, let entry = inspection.entries.first else {
            return report
        }
        do {
            let found = try await Self.probe(file, entry: entry)
            report.manifest = found.manifest
            report.loadSeconds = found.load.inSeconds
            report.startSeconds = found.start.inSeconds
        } catch let refusal as PluginRefusal {
            report.refusal = refusal
        }
        return report
    }

    /// Tells what a signature file says; with `probe`, whether the library has all that it names.
    private func inspect(signatures file: String, probe: Bool) async throws -> InspectionReport {
        let inspection = try SignatureInspection(path: file)
        var report = InspectionReport(
            file: file,
            facts: inspection.facts.map { .init($0.name, $0.values) },
            refusal: inspection.refusal
        )
        guard probe, let image = inspection.image else { return report }
        let copy = FileManager.default.temporaryDirectory
            .appending(path: "roost-inspect-\(UUID().uuidString)")
        try Data(image).write(to: copy, options: .withoutOverwriting)
        defer {
            do { try FileManager.default.removeItem(at: copy) } catch {
                // A left-over of a directory for such.
            }
        }
        do {
            let found = try await Self.probe(
                copy.path,
                entry: SignatureInspection.entrySymbol
            )
            report.manifest = found.manifest
            report.loadSeconds = found.load.inSeconds
            report.startSeconds = found.start.inSeconds
        } catch let refusal as PluginRefusal {
            report.refusal = refusal
        }
        return report
    }

    func library(besides file: String) async -> String? {
        do throws(PluginRefusal) {
            return try SignatureInspection.library(namedBy: file)
        } catch {
            return nil
        }
    }

    func check(home: String) async throws -> [CheckItem] {
        let items = MachineCheck.items(
            home: home,
            environment: ProcessInfo.processInfo.environment
        )
        return items + [await HostStore.check(home: home)].compactMap(\.self)
    }

    /// Runs the plugin's start in a throw-away cell.
    private static func probe(_ file: String, entry: String) async throws -> ProbeReport {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let cells = try CellSupervisor(
            configuration: CellConfiguration(),
            group: group,
            logger: HostLog().logger("inspect", level: .error)
        )
        do {
            let report = try await cells.probe(
                imagePath: file,
                entrySymbol: entry,
                timeout: .seconds(5)
            )
            await cells.shutdown()
            try await group.shutdownGracefully()
            return report
        } catch {
            await cells.shutdown()
            try await group.shutdownGracefully()
            throw error
        }
    }
}

extension Inspection {
    /// What is known of the file, in the order to show it.
    fileprivate var facts: [InspectionReport.Fact] {
        var facts: [InspectionReport.Fact] = [
            .init("size", ["\(ByteCount(bytes: size))"]),
            .init("content hash", [contentHash]),
            .init("architecture", [architecture ?? "unknown"]),
            .init("entry", entries.isEmpty ? ["none"] : entries),
            .init(
                "stamp",
                stamp.map {
                    [
                        "contract \($0.abiVersion)", "SDK \($0.sdkVersion)",
                        $0.swiftVersion.isEmpty ? "no Swift" : "Swift \($0.swiftVersion)",
                    ]
                } ?? ["none"]
            ),
            .init(
                "needed libraries",
                libraries.map { "\($0.name) → \($0.path ?? "not found")" }
            ),
        ]
        if !unresolvedSymbols.isEmpty { facts.append(.init("unresolved", unresolvedSymbols)) }
        if !runPaths.isEmpty { facts.append(.init("run paths", runPaths)) }
        if let buildID { facts.append(.init("build id", [buildID])) }
        facts.append(.init("debug information", [hasDebugInformation ? "yes" : "no"]))
        facts.append(.init("text", ["\(ByteCount(bytes: textSize))"]))
        return facts
    }
}
