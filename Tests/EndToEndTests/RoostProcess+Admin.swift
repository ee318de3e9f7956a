import Foundation
import Testing

/// A cell as the admin API shows it.
struct CellState: Decodable {
    var id: Int
    var kind: String
    var pid: Int32
    var state: String
    var images: Int
    var workers: Int
}

/// A plugin file as the admin API shows it.
struct PluginState: Decodable {
    struct Refusal: Decodable {
        var kind: String
        var message: String
    }
    struct Permissions: Decodable, Equatable {
        var read: [String]
        var write: [String]
        var network: Bool
        var subprocesses: Bool
    }
    var file: String
    var plugin: String?
    var state: String
    var refusal: Refusal?
    var permissions: Permissions?
    var warnings: [String]
    var cells: [Int]
    var standing: Standing?

    struct Standing: Decodable { var stage: String }
}

/// An invocation as the admin API shows it.
struct RecordState: Decodable {
    struct Frame: Decodable {
        var image: String
        var symbol: String?
        var location: String?
    }
    struct Failure: Decodable {
        var kind: String
        var message: String
        var backtrace: [Frame]?
    }
    struct Measured: Decodable {
        var peakMemoryBytes: Int
        var cpuSeconds: Double
    }
    struct Line: Decodable {
        var level: String
        var message: String
    }
    var id: String
    var function: String
    var outcome: String?
    var error: Failure?
    var log: [Line]?
    var usage: Measured?
}

extension RoostProcess {
    /// Asks the admin API.
    func ask<Answer: Decodable>(_ path: String, _ type: Answer.Type) async throws -> Answer {
        let reply = try await curl(
            "\(admin)\(path)",
            "-H",
            "Authorization: Bearer \(try token)"
        )
        return try JSONDecoder().decode(type, from: Data(reply.body.utf8))
    }

    /// The host's cells.
    func cellStates() async throws -> [CellState] {
        struct Cells: Decodable { var cells: [CellState] }
        return try await ask("/v1/cells", Cells.self).cells
    }

    /// Those that hold workers and take more.
    func busyCells() async throws -> [CellState] {
        try await cellStates().filter { $0.workers > 0 && $0.kind != "spare" }
    }

    /// The processes of the cells that hold a plugin.
    func cells(of plugin: String) async throws -> [Int32] {
        struct Plugins: Decodable { var plugins: [PluginState] }
        let plugins = try await ask("/v1/plugins", Plugins.self).plugins
        let holding = plugins.first { $0.plugin == plugin }?.cells ?? []
        return try await cellStates().filter { holding.contains($0.id) }.map(\.pid)
    }

    /// Where a plugin stands after its crashes; `nil` when it has had none lately.
    func stage(of plugin: String) async throws -> String? {
        struct Plugins: Decodable { var plugins: [PluginState] }
        return try await ask("/v1/plugins", Plugins.self).plugins
            .first { $0.plugin == plugin }?.standing?.stage
    }

    /// A plugin file as the admin API shows it.
    func plugin(_ file: String) async throws -> PluginState? {
        struct Plugins: Decodable { var plugins: [PluginState] }
        return try await ask("/v1/plugins", Plugins.self).plugins.first { $0.file == file }
    }

    /// The invocations of a function, the newest first.
    func records(of function: String) async throws -> [RecordState] {
        struct Records: Decodable { var invocations: [RecordState] }
        return try await ask("/v1/invocations?function=\(function)&limit=1000", Records.self)
            .invocations
    }

    /// The sum of a metric over its labels.
    func metric(_ name: String) async throws -> Double {
        let page = try await curl("\(admin)/metrics").body
        return page.split(separator: "\n").filter { $0.hasPrefix(name) }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
            .reduce(0, +)
    }

    /// Waits until functions answer with 200 to `{"name":"x"}`.
    func awaitService(_ paths: String...) async throws {
        for path in paths {
            _ = try await eventually("\(path) is served") {
                let reply = try await curl(functions + path, "-d", #"{"name":"x"}"#)
                return reply.status == 200 ? true : nil
            }
        }
    }

    /// Open descriptors of the host.
    func descriptors() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(processIdentifier)/fd").count
    }

    /// Resident memory of the host and its cells, in bytes.
    func residentBytes() async throws -> Int {
        let all = try await cells() + [processIdentifier]
        return all.reduce(0) { sum, process in
            // A cell may have ended in the meantime.
            guard let text = try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8),
                let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
            else { return sum }
            return sum + pages * 4_096
        }
    }
}
