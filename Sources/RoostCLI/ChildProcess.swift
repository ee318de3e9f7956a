internal import Foundation

#if canImport(Glibc)
internal import Glibc
#endif

/// Runs another program.
enum ChildProcess {
    struct Ending: Sendable {
        var status: Int32
        var output: String
    }

    /// Runs a program to its end and gathers its output, or shows it on standard error; when the task
    /// is cancelled, the program is interrupted.
    static func run(
        _ program: String,
        _ arguments: [String],
        showsOutput: Bool = false
    ) async throws -> Ending {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = showsOutput ? FileHandle.standardError : pipe
        try process.run()
        let number = process.processIdentifier
        let output = await withTaskCancellationHandler {
            let output = showsOutput ? "" : await read(pipe)
            await wait(for: process)
            return output
        } onCancel: {
            kill(number, SIGINT)
        }
        guard process.terminationStatus != 127 else {
            throw CommandFailure(.failed, "'\(program)' is not on the PATH: install it first")
        }
        return Ending(status: process.terminationStatus, output: output)
    }

    /// Waits on a thread of its own, so that no task is held up.
    static func wait(for process: Process) async {
        await withCheckedContinuation { continuation in
            Thread { [process] in
                process.waitUntilExit()
                continuation.resume()
            }.start()
        }
    }

    private static func read(_ pipe: Pipe) async -> String {
        await withCheckedContinuation { continuation in
            let handle = pipe.fileHandleForReading
            Thread { [handle] in
                let data = handle.readDataToEndOfFile()
                continuation.resume(returning: String(decoding: data, as: UTF8.self))
            }.start()
        }
    }
}
