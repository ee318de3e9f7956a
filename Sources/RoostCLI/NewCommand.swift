public import ArgumentParser
internal import Foundation
internal import FunctionModel

/// Writes a new plugin package.
public struct NewCommand: AsyncParsableCommand {
    /// How it is called.
    public static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Write a plugin package that builds and tests as it stands."
    )

    @Argument(help: "The plugin's name, and the directory's.")
    var name: String

    @Option(help: "What it shows: http, cron, files, c or c-abi.")
    var template: ScaffoldTemplate = .http

    @Option(
        help: ArgumentHelp(
            "Where the SDK is: the directory `sdk` of Roost's sources (default: $ROOST_SDK, or found "
                + "near this program).",
            valueName: "dir"
        )
    )
    var sdk: String?

    /// Takes its values from the command line.
    public init() {}

    /// Writes the files.
    public func run() async throws {
        _ = try FunctionName.checked(name)
        // A plain library needs none.
        let sdk = template == .c ? "" : try SDKPlace.find(given: sdk)
        let files = Scaffold.files(name: name, template: template, sdk: sdk)
        try Self.write(files, into: name)
        Console.print(
            """
            Wrote \(name)/ with \(files.count) files. Try it:
              cd \(name)
              \(template == .c ? "make check" : "swift test")
              \(template == .c ? "roost deploy \(name).functions.json" : "roost dev")
            """
        )
    }

    static func write(_ files: [ScaffoldFile], into directory: String) throws {
        let manager = FileManager.default
        guard !manager.fileExists(atPath: directory) else {
            throw CommandFailure(
                .failed,
                "there is already something at \(directory): choose another name or remove it"
            )
        }
        for file in files {
            let path = "\(directory)/\(file.path)"
            let folder = path.split(separator: "/", omittingEmptySubsequences: false)
                .dropLast().joined(separator: "/")
            try manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data(file.contents.utf8).write(to: URL(filePath: path))
            if file.isExecutable {
                try manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
            }
        }
    }
}

/// What a new plugin shows.
public enum ScaffoldTemplate: String, Sendable, CaseIterable, ExpressibleByArgument {
    /// A function behind a route.
    case http
    /// A function on a schedule.
    case cron
    /// A function that reacts to files.
    case files
    /// A plain C library with a signature file.
    case c
    /// A plugin in C, which speaks the contract itself.
    case cABI = "c-abi"
}

/// A file of a new plugin package.
public struct ScaffoldFile: Sendable, Hashable {
    /// Where it goes, below the package's directory.
    public var path: String
    /// What it holds.
    public var contents: String
    /// Whether it is a program.
    public var isExecutable: Bool

    /// Describes a file.
    public init(_ path: String, _ contents: String, isExecutable: Bool = false) {
        self.path = path
        self.contents = contents
        self.isExecutable = isExecutable
    }
}

/// Finds the SDK that a new package depends on.
enum SDKPlace {
    /// The directory's absolute path.
    ///
    /// - Throws: `CommandFailure` when it is nowhere.
    static func find(
        given: String?,
        environment: [String: String] = ProcessInfo.processInfo.environment,
        program: String = ProgramPath.own
    ) throws -> String {
        if let named = given ?? environment["ROOST_SDK"] {
            let path = URL(filePath: named).standardizedFileURL.path
            guard isSDK(path) else {
                throw CommandFailure(
                    .usage,
                    "there is no SDK at \(path): it has no FunctionSDK in it"
                )
            }
            return path
        }
        // A program built from Roost's sources stands in .build/…, some folders below `sdk`.
        var folder = URL(filePath: program).deletingLastPathComponent()
        for _ in 0..<5 {
            let candidate = folder.appending(path: "sdk").path
            if isSDK(candidate) { return candidate }
            folder = folder.deletingLastPathComponent()
        }
        throw CommandFailure(
            .usage,
            "can't find the SDK: name the directory `sdk` of Roost's sources with --sdk"
        )
    }

    private static func isSDK(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(path)/Sources/FunctionSDK")
    }
}

/// Where this program is.
enum ProgramPath {
    static var own: String {
        do {
            return try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        } catch {
            return CommandLine.arguments[0]
        }
    }
}
