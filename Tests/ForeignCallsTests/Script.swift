import Foundation
import Testing

/// A shell script beside the test library, run in a directory of its own.
enum Script {
    /// Runs it with that directory and more as its arguments; says what it wrote to its standard
    /// output.
    static func run(_ name: String, _ arguments: String...) throws -> (status: Int32, said: String)
    {
        let workshop = FileManager.default.temporaryDirectory
            .appending(path: "roost-\(name)-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: workshop, withIntermediateDirectories: true)
        defer {
            do { try FileManager.default.removeItem(at: workshop) } catch {
                Issue.record("\(error)")
            }
        }
        let process = Process()
        process.executableURL = TestLibrary.folder.appending(path: name)
        process.arguments = [workshop.path] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let said = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: said, as: UTF8.self))
    }
}
