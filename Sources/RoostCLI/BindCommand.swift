public import ArgumentParser
internal import Foundation
internal import FunctionModel

/// Proposes a signature file for a C header.
public struct BindCommand: AsyncParsableCommand {
    /// How it is called.
    public static let configuration = CommandConfiguration(
        commandName: "bind",
        abstract: "Propose a signature file for a C header.",
        discussion: """
            C doesn't say what pointers are for, so the file is a proposal: what a person has to decide \
            stands there as "DECIDE: …", and is listed on standard error. The header is read by clang; \
            $CLANG names another one than that on the PATH.
            """
    )

    @Argument(help: "The header.")
    var header: String

    @Option(
        help: ArgumentHelp(
            "The library: a name such as libz.so.1, or file:libmine.so for one that stands beside.",
            valueName: "name"
        )
    )
    var library: String?

    @Option(
        name: [.customShort("I"), .customLong("include")],
        help: "Where headers are looked for."
    )
    var includes: [String] = []

    @Option(
        help: ArgumentHelp(
            "Only functions whose names begin like this; may be given again.",
            valueName: "prefix"
        )
    )
    var only: [String] = []

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Write here instead of to standard output.", valueName: "file")
    )
    var output: String?

    /// Takes its values from the command line.
    public init() {}

    /// Reads the header and writes the proposal.
    public func run() async throws {
        guard FileManager.default.fileExists(atPath: header) else {
            throw CommandFailure(.usage, "there is no header at \(header)")
        }
        let declared = CHeader(try await syntax(), of: header, only: only)
        let proposal = SignatureProposal(declared)
        guard !proposal.functions.isEmpty else {
            let why =
                proposal.left.isEmpty ? "declares no function" : "declares only what can't be said"
            throw CommandFailure(.failed, "\(header) \(why)")
        }
        let file = proposal.file(
            library: Self.library(library ?? guessedLibrary),
            summary: "DECIDE: what \(URL(filePath: header).lastPathComponent) is for."
        )
        let text = file.json() + "\n"
        if let output {
            guard !FileManager.default.fileExists(atPath: output) else {
                throw CommandFailure(.failed, "there is already something at \(output)")
            }
            try Data(text.utf8).write(to: URL(filePath: output))
        } else {
            Console.print(String(text.dropLast()))
        }
        if declared.isIncluding {
            Console.note("\(header) declares nothing itself; proposed is what it includes")
        }
        report(proposal, text)
    }

    private func report(_ proposal: SignatureProposal, _ text: String) {
        for line in proposal.left { Console.note("left out: \(line.forTerminal)") }
        for line in proposal.questions { Console.note("decide: \(line.forTerminal)") }
        if let problem = SignatureProposal.problem(in: text) {
            Console.note("not yet a signature file: \(problem)".forTerminal)
        }
        if library == nil {
            Console.note("decide: the library; it was guessed from the header's name")
        }
    }

    private var guessedLibrary: String {
        "lib\(URL(filePath: header).deletingPathExtension().lastPathComponent).so"
    }

    private static func library(_ name: String) -> SignatureProposal.Value {
        guard name.hasPrefix("file:") else { return .text(name) }
        return .object([("file", .text(String(name.dropFirst(5))))])
    }

    /// What clang makes of the header.
    private func syntax() async throws -> SyntaxNode {
        let clang = ProcessInfo.processInfo.environment["CLANG"] ?? "clang"
        let flags = ["-x", "c", "-fsyntax-only", "-Xclang", "-ast-dump=json"]
        let ending: ChildProcess.Ending
        do {
            ending = try await ChildProcess.run(
                clang,
                flags + includes.map { "-I\($0)" } + [header]
            )
        } catch let failure as CommandFailure {
            throw CommandFailure(
                failure.code,
                "reading a header takes clang, and \(failure): it comes with Swift's toolchain and with "
                    + "the package clang, or name it with $CLANG. Everything else works without"
            )
        }
        guard ending.status == 0 else {
            throw CommandFailure(.failed, "clang can't read \(header): see the errors above")
        }
        do {
            return try JSONDecoder().decode(SyntaxNode.self, from: Data(ending.output.utf8))
        } catch {
            throw CommandFailure(
                .failed,
                "\(clang) is too old: its syntax tree can't be read (\(error))"
            )
        }
    }
}
