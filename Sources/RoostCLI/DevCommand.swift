public import ArgumentParser
internal import Foundation
internal import FunctionModel

/// Builds on every save and swaps the result in.
public struct DevCommand: AsyncParsableCommand {
    /// How it is called.
    public static let configuration = CommandConfiguration(
        commandName: "dev",
        abstract: "Build on every save, swap the plugin in, and show errors and logs.",
        discussion: "Talks to the host of --home if one runs, and starts one of its own otherwise."
    )

    @Option(help: ArgumentHelp("The package's directory.", valueName: "dir"))
    var package = "."

    @Option(help: ArgumentHelp("Where a host of its own serves functions.", valueName: "host:port"))
    var listen = "127.0.0.1:8080"

    @OptionGroup var host: HostOptions

    /// Takes its values from the command line.
    public init() {}

    /// Goes on until it is interrupted.
    public func run() async throws {
        let session = DevSession(package: package, listen: listen, home: host.home)
        let client = try host.client()
        try await withInterruption { try await session.run(given: client) }
    }
}

/// Runs work until it ends or SIGINT or SIGTERM come, which cancel it and are no failure.
func withInterruption(_ work: @escaping @Sendable () async throws -> Void) async throws {
    let task = Task { try await work() }
    let sources = [SIGINT, SIGTERM].map { number in
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler { task.cancel() }
        source.resume()
        return source
    }
    defer { for source in sources { source.cancel() } }
    do {
        try await task.value
    } catch  where task.isCancelled {
        // Interrupted, as asked.
    }
}
