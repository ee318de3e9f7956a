public import ArgumentParser
internal import Foundation
internal import FunctionModel
internal import NIOCore

/// Puts plugins on a host.
public struct DeployCommand: AsyncParsableCommand {
    /// How it is called.
    public static let configuration = CommandConfiguration(
        commandName: "deploy",
        abstract: "Put plugins on the host and wait until each is served or refused."
    )

    @Argument(
        help: """
            Shared libraries, as `roost build` prints them, and signature files, whose library is sent \
            along.
            """
    )
    var files: [String]

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    /// Takes its values from the command line.
    public init() {}

    /// Sends the files one after another; a refused one doesn't stop the others.
    public func run() async throws {
        let client = try host.client()
        var served: [PluginView] = []
        var refusals: [CommandFailure] = []
        for file in files {
            do {
                let plugin = try await Self.deploy(file, with: client)
                served.append(plugin)
                if !output.json { Console.print(Self.render(plugin)) }
            } catch let failure as CommandFailure where failure.code != .unreachable {
                refusals.append(CommandFailure(failure.code, "\(file): \(failure.description)"))
            }
        }
        if output.json { try Console.print(json: ["plugins": served]) }
        if let first = refusals.first {
            let sentences = refusals.map(\.description).joined(separator: "\n")
            throw CommandFailure(first.code, sentences)
        }
    }

    static func deploy(_ file: String, with client: AdminClient) async throws -> PluginView {
        guard let bytes = FileManager.default.contents(atPath: file) else {
            throw CommandFailure(.usage, "there is no readable file at this path")
        }
        guard !bytes.isEmpty else {
            throw CommandFailure(.usage, "the file is empty: build it again and deploy it then")
        }
        let name = file.split(separator: "/").last.map(String.init) ?? file
        let content = try await withLibrary([UInt8](bytes), of: file, name)
        return try await withProgress("deploying \(name)") {
            try await client.deploy(fileName: name, bytes: ByteBuffer(bytes: content))
        }
    }

    /// A signature file with the library that stands beside it, as one image; other files as they are.
    ///
    /// Without the library there the host may have it already, and mistakes are the host's to tell.
    private static func withLibrary(
        _ bytes: [UInt8],
        of file: String,
        _ name: String
    ) async throws -> [UInt8] {
        guard SignatureDocument.isOne(name),
            let library = await RoostTool.work?.library(besides: file),
            let content = FileManager.default.contents(
                atPath: String(file.dropLast(name.count)) + library
            )
        else { return bytes }
        return SignatureDocument.image(bytes, with: [UInt8](content))
    }

    static func render(_ plugin: PluginView) -> String {
        let names = plugin.functions.map(\.description).joined(separator: ", ")
        let state = plugin.state == .serving ? "serves \(names)" : "is \(plugin.state.rawValue)"
        return "\(plugin.file) (\(Wording.hash(plugin.version))) \(state); loaded in "
            + "\(Wording.duration(plugin.loadSeconds)), started in "
            + Wording.duration(plugin.startSeconds)
    }
}
