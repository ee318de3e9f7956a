import Foundation
import FunctionModel
import Logging
import Testing

@testable import PluginCatalog

/// A catalog over a directory of its own, run for the time of a test.
struct CatalogFixture: Sendable {
    let root: TemporaryDirectory
    let plugins: String
    let workers = FakeWorkers()
    let installer = FakeInstaller()
    var configuration: CatalogConfiguration

    private init(
        root: TemporaryDirectory,
        plugins: String,
        configuration: CatalogConfiguration
    ) {
        self.root = root
        self.plugins = plugins
        self.configuration = configuration
    }

    init() throws {
        root = try TemporaryDirectory()
        plugins = try root.directory("plugins")
        configuration = CatalogConfiguration(directory: plugins, store: root.file("images"))
        configuration.settleRemoved = .milliseconds(20)
    }

    /// Runs a catalog while `body` does; returns when the catalog has ended.
    func run(_ body: (Catalog) async throws -> Void) async throws {
        var logger = Logger(label: "catalog", factory: { _ in SwiftLogNoOpLogHandler() })
        logger.logLevel = .critical
        let catalog = try Catalog(
            configuration: configuration,
            workers: workers,
            installer: installer,
            logger: logger
        )
        let running = Task { try await catalog.run() }
        do {
            try await body(catalog)
        } catch {
            running.cancel()
            throw error
        }
        running.cancel()
        try await running.value
    }

    /// The same directories under a host that starts anew.
    func restarted() -> CatalogFixture {
        CatalogFixture(root: root, plugins: plugins, configuration: configuration)
    }

    /// The names of the stored images.
    func images() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.file("images"))
            .filter { $0.hasSuffix(".so") }
    }

    /// What is in a file now.
    func content(_ path: String) throws -> [UInt8]? {
        FileManager.default.contents(atPath: path).map { [UInt8]($0) }
    }

    /// Puts a file into the directory, in one step.
    func drop(_ name: String, _ bytes: [UInt8]) throws {
        let staged = root.file("staged-\(UInt64.random(in: 0 ... .max))")
        try write(bytes, to: staged)
        guard rename(staged, "\(plugins)/\(name)") == 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    /// Writes a file in place, with a mode that the host trusts.
    func write(_ bytes: [UInt8], to path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw CocoaError(.fileWriteUnknown) }
        defer { close(file) }
        guard
            bytes.withUnsafeBytes({ Foundation.write(file, $0.baseAddress, $0.count) })
                == bytes.count
        else { throw CocoaError(.fileWriteUnknown) }
    }

    /// Waits until the view of a file is as wanted; fails with what it was instead.
    func wait(
        _ catalog: Catalog,
        for file: String = "p.so",
        _ what: String,
        until wanted: (PluginView?) -> Bool
    ) async throws -> PluginView? {
        let deadline = ContinuousClock.now + .seconds(20)
        var view: PluginView?
        while ContinuousClock.now < deadline {
            view = await catalog.plugins().first { $0.file == file }
            if wanted(view) { return view }
            try await Task.sleep(for: .milliseconds(2))
        }
        Issue.record("waited in vain for: \(what); it is \(String(describing: view))")
        return view
    }

    /// Waits for a refusal.
    func refusal(_ catalog: Catalog, of file: String = "p.so") async throws -> PluginRefusal {
        let view = try await wait(catalog, for: file, "a refusal") { $0?.refusal != nil }
        return try #require(view?.refusal)
    }

    /// Waits until nobody is served by a plugin whose file the catalog has forgotten: the installer is
    /// told after that.
    func withdrawn(_ catalog: Catalog, _ plugin: String = "hello") async throws {
        _ = try await wait(catalog, "the end of '\(plugin)'") { _ in installer.hash(plugin) == nil }
    }

    /// Waits until a file serves some version, or this one.
    @discardableResult
    func serving(
        _ catalog: Catalog,
        _ file: String = "p.so",
        hash: String? = nil
    ) async throws -> PluginView {
        let view = try await wait(catalog, for: file, "service of \(hash ?? "anything")") {
            $0?.state == .serving && $0?.refusal == nil && (hash == nil || $0?.version == hash)
        }
        return try #require(view)
    }
}
