public import ArgumentParser

/// Builds a plugin's package.
public struct BuildCommand: AsyncParsableCommand {
    /// How it is called.
    public static let configuration = CommandConfiguration(
        commandName: "build",
        abstract: "Build the plugin package and print the paths of its shared libraries."
    )

    @Option(help: ArgumentHelp("The package's directory.", valueName: "dir"))
    var package = "."

    @Flag(help: "Build without optimisation, with debug information.")
    var debug = false

    /// Takes its values from the command line.
    public init() {}

    /// Builds and prints.
    public func run() async throws {
        let package = PluginPackage(
            directory: package,
            configuration: debug ? "debug" : "release"
        )
        for library in try await package.build() { Console.print(library) }
    }
}
