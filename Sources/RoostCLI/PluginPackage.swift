internal import Foundation

/// A plugin's package on disk: builds it and finds its shared libraries.
struct PluginPackage: Sendable {
    let directory: String
    let configuration: String
    /// The toolchain's program, looked for on the PATH.
    var swift = "swift"

    /// Builds the package; the compiler's words go to standard error.
    ///
    /// - Returns: The paths of its shared libraries.
    /// - Throws: `CommandFailure` when it doesn't build or has none.
    func build() async throws -> [String] {
        guard FileManager.default.fileExists(atPath: "\(directory)/Package.swift") else {
            throw CommandFailure(
                .usage,
                "there is no Package.swift in \(directory): go to a plugin's package, or make one "
                    + "with `roost new NAME`"
            )
        }
        let flags = ["-c", configuration, "--package-path", directory]
        let built = try await ChildProcess.run(swift, ["build"] + flags, showsOutput: true)
        guard built.status == 0 else {
            throw CommandFailure(.failed, "the build failed: see the errors above")
        }
        let place = try await ChildProcess.run(swift, ["build"] + flags + ["--show-bin-path"])
        let folder = place.output.trimmingCharacters(in: .whitespacesAndNewlines)
        let libraries = try await names().map { "\(folder)/lib\($0).so" }
            .filter { FileManager.default.fileExists(atPath: $0) }
        guard !libraries.isEmpty else {
            throw CommandFailure(
                .failed,
                "the package has no dynamic library: declare "
                    + "`.library(name: …, type: .dynamic, targets: […])` in its Package.swift"
            )
        }
        return libraries
    }

    private struct Description: Decodable {
        struct Product: Decodable {
            struct Kind: Decodable { var library: [String]? }
            var name: String
            var type: Kind
        }
        var products: [Product]
    }

    private func names() async throws -> [String] {
        let described = try await ChildProcess.run(
            swift,
            ["package", "--package-path", directory, "describe", "--type", "json"]
        )
        return try Self.libraries(inDescription: Data(described.output.utf8))
    }

    static func libraries(inDescription json: Data) throws -> [String] {
        try JSONDecoder().decode(Description.self, from: json).products
            .filter { $0.type.library == ["dynamic"] }.map(\.name)
    }
}
