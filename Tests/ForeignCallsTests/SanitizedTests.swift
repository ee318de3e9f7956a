import Foundation
import Testing

/// What a call takes is given back, once: asked of the address sanitizer.
struct SanitizedTests {
    @Test func nothingIsFreedTwiceOrLeftBehind() throws {
        let workshop = FileManager.default.temporaryDirectory
            .appending(path: "roost-sanitized-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: workshop, withIntermediateDirectories: true)
        defer {
            do { try FileManager.default.removeItem(at: workshop) } catch {
                Issue.record("\(error)")
            }
        }
        let rounds = ProcessInfo.processInfo.environment["ROOST_TEST_ROUNDS"] ?? "20000"
        let process = Process()
        process.executableURL = TestLibrary.folder.appending(path: "sanitized.sh")
        process.arguments = [workshop.path, rounds]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let words = String(decoding: output, as: UTF8.self)
        #expect(process.terminationStatus == 0, "\(words)")
        #expect(words.contains("calls, "), "\(words)")
    }
}
