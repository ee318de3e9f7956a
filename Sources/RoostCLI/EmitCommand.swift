public import ArgumentParser
internal import Foundation
internal import FunctionModel

/// Publishes an event.
public struct EmitCommand: AsyncParsableCommand {
    /// How it is called.
    public static let configuration = CommandConfiguration(
        commandName: "emit",
        abstract: "Publish an event to the functions that subscribe to its type.",
        discussion: "The data come from -d, from the file in -d @FILE, or from standard input."
    )

    @Argument(help: "The event's type, such as order.placed.")
    var type: String

    @Option(name: .shortAndLong, help: "The data, or @ and the file that holds them.")
    var data: String?

    @Option(help: "Who emits it: a URI reference.")
    var source = "/roost/operator"

    @Option(help: "Its id: of the same source and id every function hears once.")
    var id: String?

    @Option(help: "What it happened to.")
    var subject: String?

    @Option(help: ArgumentHelp("The data's media type.", valueName: "type"))
    var contentType = "application/json"

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    /// Takes its values from the command line.
    public init() {}

    /// Publishes and prints who hears.
    public func run() async throws {
        var event = CloudEventAttributes(
            id: id ?? UUID().uuidString.lowercased(),
            source: source,
            type: type
        )
        event.subject = subject
        let payload = try InvokeCommand.payload(data)
        let client = try host.client()
        let receipt = try await client.publish(event, payload, contentType: contentType)
        if output.json { return try Console.print(json: receipt) }
        let known = receipt.known == 0 ? "" : ", \(receipt.known) knew of it already"
        let missed = receipt.missed == 0 ? "" : ", \(receipt.missed) miss it: no room"
        Console.print("\(receipt.subscribers) functions hear of \(receipt.id)\(known)\(missed)\n")
    }
}
