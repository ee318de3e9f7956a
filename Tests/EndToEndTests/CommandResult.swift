import Foundation

/// What a command printed and how it ended.
struct CommandResult: Sendable {
    var status: Int32
    var output: String
    var errors: String
}

/// Runs a program to its end.
func run(
    _ program: String,
    _ arguments: [String],
    input: String = "",
    directory: URL? = nil,
    environment: [String: String] = [:]
) async throws -> CommandResult {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.currentDirectoryURL = directory
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let output = Pipe()
    let errors = Pipe()
    let standardInput = Pipe()
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = standardInput
    try process.run()
    let box = UncheckedBox((process, output, errors, standardInput))
    return await withCheckedContinuation { continuation in
        // Threads of its own: those of a pool are few, and here they would all wait.
        Thread.detachNewThread {
            let (process, output, errors, standardInput) = box.value
            standardInput.fileHandleForWriting.write(Data(input.utf8))
            standardInput.fileHandleForWriting.closeFile()
            let failures = UncheckedBox(errors.fileHandleForReading)
            let collected = Collected()
            Thread.detachNewThread {
                collected.data = failures.value.readDataToEndOfFile()
                collected.isWhole.signal()
            }
            let data = output.fileHandleForReading.readDataToEndOfFile()
            collected.isWhole.wait()
            process.waitUntilExit()
            continuation.resume(
                returning: CommandResult(
                    status: process.terminationStatus,
                    output: String(decoding: data, as: UTF8.self),
                    errors: String(decoding: collected.data, as: UTF8.self)
                )
            )
        }
    }
}

/// Filled by one thread and read after it has ended.
private final class Collected: @unchecked Sendable {
    var data = Data()
    let isWhole = DispatchSemaphore(value: 0)
}

/// A reply as `curl` saw it.
struct Reply: Sendable {
    var status: Int
    var headers: [String: String]
    var body: String
}

/// Calls a URL with `curl`.
func curl(_ url: String, _ arguments: String..., input: String = "") async throws -> Reply {
    let result = try await run(
        "/usr/bin/curl",
        ["-sS", "-i", "--max-time", "30"] + arguments + [url],
        input: input
    )
    guard result.status == 0 else { throw CurlFailed(status: result.status, text: result.errors) }
    var rest = Substring(result.output.replacingOccurrences(of: "\r\n", with: "\n"))
    var head: Substring = ""
    repeat {
        let end = rest.range(of: "\n\n")
        head = rest[..<(end?.lowerBound ?? rest.endIndex)]
        rest = end.map { rest[$0.upperBound...] } ?? ""
    } while head.hasPrefix("HTTP/1.1 100")
    let lines = head.split(separator: "\n")
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
        let parts = line.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { continue }
        headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
    }
    let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return Reply(status: status, headers: headers, body: String(rest))
}

/// `curl` itself failed: the transport, not the server's answer.
struct CurlFailed: Error, CustomStringConvertible {
    let status: Int32
    let text: String
    var description: String { "curl ended with \(status): \(text)" }
}
