import Foundation
import Testing

struct FormatTests {
    private static let tool: String? = {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return path.split(separator: ":").map { "\($0)/swift-format" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    @Test(
        .enabled(if: tool != nil, "swift-format is not on the PATH: the formatting is NOT checked")
    )
    func everySwiftFileIsFormatted() throws {
        let tool = try #require(Self.tool)
        let process = Process()
        process.executableURL = URL(filePath: tool)
        process.currentDirectoryURL = Repository.here.root
        process.arguments =
            ["lint", "--strict", "--parallel"] + Repository.here.swift.map(\.path)
        let pipe = Pipe()
        process.standardError = pipe
        process.standardOutput = pipe
        try process.run()
        let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "run `make format`, then cure by hand:\n\(said)")
    }
}
