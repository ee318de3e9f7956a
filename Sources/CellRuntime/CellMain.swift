internal import CCell
internal import CellProtocol
internal import Glibc
internal import Platform

/// The executable's whole life; called by `main.swift`.
public enum CellMain {
    /// Shuts the process in, says hello, and serves until the host has gone.
    public static func run() -> Never {
        let environment = CellEnvironment()
        raiseDescriptorLimit()
        preload(environment)
        // Made before the sandbox: it opens what the unwinder and the runtime need.
        let control = ControlPort(descriptor: ControlChannel.descriptor)
        var sandbox = Sandbox(
            user: environment.user,
            readable: [runtimeDirectory].compactMap { $0 },
            closesFrom: UInt32(ControlChannel.descriptor) + 1
        )
        environment.describe(&sandbox)
        let report = sandbox.enter()
        let cell = Cell(control: control)
        control.send(
            .hello(
                protocolVersion: ControlChannel.protocolVersion,
                enforced: report.enforced.map(\.rawValue),
                missing: report.missing.map(\.rawValue)
            )
        )
        cell.run()
    }

    /// A cell whose limit can't be raised holds fewer workers; it says so and goes on.
    private static func raiseDescriptorLimit() {
        do { _ = try ResourceLimits.raiseDescriptorLimit() } catch { print(error) }
    }

    /// Loads what most plugins need, so that a worker's start doesn't pay for it.
    private static func preload(_ environment: CellEnvironment) {
        guard environment.preloads else { return }
        for library in ["libFoundationEssentials.so", "libswiftSynchronization.so"] {
            _ = cell_image_preload(library)
        }
    }

    /// Where the Swift runtime's libraries lie.
    private static var runtimeDirectory: String? {
        var path = [CChar](repeating: 0, count: 4_096)
        guard cell_image_directory_of_swift(&path, path.count) == 0 else { return nil }
        return String(
            decoding: path.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)),
            as: UTF8.self
        )
    }
}

/// What the host says to a cell by its environment.
struct CellEnvironment {
    /// The user to become.
    var user: UInt32?
    /// Whether the libraries that most plugins need are loaded ahead.
    var preloads: Bool

    init() {
        user = Self.value("ROOST_CELL_UID").flatMap { UInt32($0) }
        preloads = Self.value("ROOST_CELL_PRELOAD") != "0"
    }

    /// Says what a dedicated cell may reach, and how every cell stands to the host.
    func describe(_ sandbox: inout Sandbox) {
        sandbox.niceness = Self.value("ROOST_CELL_NICE").flatMap { Int32($0) } ?? 0
        sandbox.newestLandlock = Self.value("ROOST_CELL_LANDLOCK").flatMap { Int($0) } ?? .max
        guard ["dedicated", "probe"].contains(Self.value("ROOST_CELL_KIND")) else { return }
        sandbox.descriptors = 4_096
        sandbox.processes = 4_096
        sandbox.grants.read = Self.list("ROOST_CELL_READ", "\n")
        sandbox.grants.write = Self.list("ROOST_CELL_WRITE", "\n")
        sandbox.grants.network = Self.value("ROOST_CELL_NET") == "1"
        sandbox.grants.processes = Self.value("ROOST_CELL_SPAWN") == "1"
        sandbox.grants.deniedPorts = Self.list("ROOST_CELL_DENIED_PORTS", ",")
            .compactMap { UInt16($0) }
    }

    private static func list(_ name: String, _ separator: Character) -> [String] {
        (value(name) ?? "").split(separator: separator).map(String.init)
    }

    private static func value(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        return String(cString: value)
    }
}
