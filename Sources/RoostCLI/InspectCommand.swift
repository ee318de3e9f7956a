public import ArgumentParser
internal import Foundation
internal import FunctionModel

/// Tells what a plugin file holds.
public struct InspectCommand: AsyncParsableCommand {
    /// How it is called.
    public static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Tell what a plugin file holds, without running its code.",
        discussion: "Ends with 1 when the file would be refused."
    )

    @Argument(help: "A shared library, or a signature file.")
    var file: String

    @Flag(help: "Also run it in a throw-away cell and print the manifest that it declares.")
    var probe = false

    @OptionGroup var output: OutputOptions

    /// Takes its values from the command line.
    public init() {}

    /// Asks and prints.
    public func run() async throws {
        guard let work = RoostTool.work else {
            throw CommandFailure(.failed, "this program can't inspect plugins")
        }
        let report = try await withProgress("inspecting \(file)") {
            try await work.inspect(file: file, probe: probe)
        }
        if output.json {
            try Console.print(json: report)
        } else {
            Console.print(try Self.render(report))
        }
        if let refusal = report.refusal {
            throw CommandFailure(
                .failed,
                "\(file) would be refused: \(refusal.message.forTerminal)"
            )
        }
    }

    static func render(_ report: InspectionReport) throws -> String {
        let width = report.facts.map(\.name.count).max() ?? 0
        var text = "\(report.file)\n"
        for fact in report.facts {
            let name = fact.name.padding(toLength: width, withPad: " ", startingAt: 0)
            let values = fact.values.isEmpty ? ["none"] : fact.values
            for (index, value) in values.enumerated() {
                let head = index == 0 ? name : String(repeating: " ", count: width)
                text += "  \(head)  \(value.forTerminal)\n"
            }
        }
        for warning in report.warnings { text += "\nWarning: \(warning.forTerminal)\n" }
        if let manifest = report.manifest {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            text += "\nLoaded in \(Wording.duration(report.loadSeconds)), started in "
            text += "\(Wording.duration(report.startSeconds)). It declares:\n"
            // Line by line: the encoder's line ends are its own, those of texts are escaped.
            text += String(decoding: try encoder.encode(manifest), as: UTF8.self)
                .split(separator: "\n").map { String($0).forTerminal + "\n" }.joined()
        }
        if let manifest = report.manifest, let wish = manifest.permissions, !wish.isEmpty {
            text += "\nIt asks to \(wish.words.forTerminal). To allow it, write in roost.yaml:\n"
            text += "  plugins:\n    \(manifest.plugin.forTerminal):\n"
            text += "      permissions: \(wish.yaml.forTerminal)\n"
        }
        return text
    }
}
