public import ArgumentParser
internal import Foundation
internal import FunctionModel
internal import NIOCore

#if canImport(Glibc)
internal import Glibc
#endif

/// Runs a function and prints what it answers.
public struct InvokeCommand: AsyncParsableCommand {
    /// How it is called.
    public static let configuration = CommandConfiguration(
        commandName: "invoke",
        abstract: "Run a function and print its output as it is.",
        discussion: """
            The payload comes from -d, from the file in -d @FILE, or from standard input.

            \(CommandFailure.Code.sentence)
            """
    )

    @Argument(help: "The function's full name, or its short one.")
    var name: String

    @Option(name: .shortAndLong, help: "The payload, or @ and the file that holds it.")
    var data: String?

    @Option(help: ArgumentHelp("The payload's media type.", valueName: "type"))
    var contentType = "application/json"

    @Flag(
        name: .customLong("async"),
        help:
            "Queue it, and print its id once that is durable; 'roost invocations ID' shows its end."
    )
    var isAsync = false

    @OptionGroup(title: "Delivery, with --async") var delivery: DeliveryFlags
    @OptionGroup var host: HostOptions
    @Flag(help: "Print the outcome with the output, as JSON.")
    var json = false

    /// Takes its values from the command line.
    public init() {}

    /// Asks and prints.
    public func run() async throws {
        let client = try host.client()
        let payload = try Self.payload(data)
        if isAsync {
            try delivery.check()
            let id = try await client.enqueue(
                name,
                payload: payload,
                contentType: contentType,
                wishes: delivery.fields
            )
            if json {
                try Console.print(json: ["invocation": id])
            } else {
                Console.print("\(id)\n")
            }
            return
        }
        guard delivery.fields.isEmpty else {
            throw CommandFailure(.usage, "wishes about delivery go with --async")
        }
        let reply = try await withProgress("waiting for \(name)") {
            try await client.invoke(name, payload: payload, contentType: contentType)
        }
        let ending = try InvocationEnding(reply)
        if json {
            try Console.print(json: ending)
        } else if !ending.isProblem {
            Console.print(raw: reply.body)
        }
        guard ending.outcome == .succeeded else {
            throw CommandFailure(CommandFailure.code(of: ending.outcome), ending.sentence(name))
        }
    }

    static func payload(_ data: String?) throws -> ByteBuffer {
        guard let data else {
            guard isatty(STDIN_FILENO) == 0 else { return ByteBuffer() }
            return ByteBuffer(bytes: try FileHandle.standardInput.readToEnd() ?? Data())
        }
        guard data.hasPrefix("@") else { return ByteBuffer(string: data) }
        let path = String(data.dropFirst())
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw CommandFailure(.usage, "can't read the payload's file \(path)")
        }
        return ByteBuffer(bytes: bytes)
    }
}

/// How an invocation ended, read from the host's reply.
struct InvocationEnding: Encodable, Equatable {
    var invocation: String
    var outcome: Outcome
    var status: Int
    var contentType: String?
    var reason: String?
    var message: String?
    /// The output, when it is text.
    var output: String?

    /// Whether the body is a problem of the host's making and not the function's output.
    var isProblem: Bool { message != nil }

    /// Reads a reply.
    ///
    /// - Throws: `CommandFailure` when it isn't the end of an invocation.
    init(_ reply: AdminClient.Reply) throws {
        guard let outcome = reply.headers["roost-outcome"].flatMap(Outcome.init),
            let invocation = reply.headers["roost-invocation-id"]
        else {
            throw CommandFailure.refused(reply)
        }
        self.invocation = invocation
        self.outcome = outcome
        status = reply.status
        contentType = reply.headers["content-type"]
        reason = reply.headers["roost-reason"]
        if outcome != .succeeded, contentType?.hasPrefix("application/problem+json") == true {
            let problem = try JSONDecoder().decode(ProblemReply.self, from: reply.data)
            if problem.type?.hasPrefix("urn:roost:") == true { message = problem.detail }
        }
        if message == nil {
            output = String(validating: reply.body.readableBytesView, as: UTF8.self)
        }
    }

    func sentence(_ name: String) -> String {
        let cause = message ?? reason.map { "reason: \($0)" } ?? "it answered with status \(status)"
        return "\(name) ended as '\(outcome.rawValue)': \(cause) (invocation \(invocation))"
    }
}
