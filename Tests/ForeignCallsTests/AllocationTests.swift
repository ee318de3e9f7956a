import Foundation
import Testing

/// A call takes its memory from what the plugin keeps, whatever it passes.
struct AllocationTests {
    @Test func aCallThatWasMadeBeforeAsksForNoMemory() throws {
        let workshop = FileManager.default.temporaryDirectory
            .appending(path: "roost-allocations-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: workshop, withIntermediateDirectories: true)
        defer {
            do { try FileManager.default.removeItem(at: workshop) } catch {
                Issue.record("\(error)")
            }
        }
        let process = Process()
        process.executableURL = TestLibrary.folder.appending(path: "allocations.sh")
        process.arguments = [workshop.path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let lines = String(decoding: output, as: UTF8.self).split(separator: "\n")
        #expect(lines.count >= 17, "numbers, texts, bytes, structs, lists, callbacks, handles")
        for line in lines { #expect(line.hasPrefix("0.0 "), "\(line)") }
    }
}
