public import ArgumentParser
internal import NIOCore

/// Prints the OpenAPI document of a host's functions.
public struct OpenAPICommand: AsyncParsableCommand {
    /// How it is called.
    public static let configuration = CommandConfiguration(
        commandName: "openapi",
        abstract: "Print what every function takes and gives, as an OpenAPI 3.1 document."
    )

    @OptionGroup var host: HostOptions

    /// Takes its values from the command line.
    public init() {}

    /// Asks and prints.
    public func run() async throws {
        Console.print(String(buffer: try await host.client().openAPI()))
    }
}
