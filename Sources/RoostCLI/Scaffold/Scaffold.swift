/// Makes the files of a new plugin package, which builds, passes its tests and serves as it stands.
public struct Scaffold: Sendable {
    /// The plugin's name, valid as such: `my-shop`.
    let name: String
    /// The Swift module, and what `lib….so` is named after: `MyShop`.
    let module: String
    /// The name as it stands in a C symbol: `my_shop`.
    let symbol: String
    /// Where the SDK is.
    let sdkPath: String

    /// The files of a package.
    ///
    /// - Parameters:
    ///   - name: The plugin's name; has been checked against the rule for names.
    ///   - template: What it starts from.
    ///   - sdk: The directory of the SDK, absolute or as seen from the package.
    /// - Returns: The files, each with its path in the package.
    public static func files(
        name: String,
        template: ScaffoldTemplate,
        sdk: String
    ) -> [ScaffoldFile] {
        let scaffold = Scaffold(
            name: name,
            module: module(for: name),
            symbol: String(name.map { $0 == "-" ? "_" : $0 }),
            sdkPath: sdk
        )
        let own =
            switch template {
            case .http: scaffold.httpFiles
            case .cron: scaffold.cronFiles
            case .files: scaffold.filesFiles
            case .c: scaffold.cLibraryFiles
            case .cABI: scaffold.cABIFiles
            }
        return own + [ScaffoldFile(".gitignore", ".build/\n*.so\n")]
    }

    /// The name of the library that a package of this name builds, for example `libMyShop.so`.
    public static func libraryName(for name: String) -> String { "lib\(module(for: name)).so" }

    /// Makes a module's name, `MyShop`, of a plugin's, `my-shop`.
    static func module(for name: String) -> String {
        let words = name.split { $0 == "-" || $0 == "_" }
        let joined = words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        return taken.contains(joined) ? "\(joined)Plugin" : joined
    }

    /// Modules of the toolchain and types of the SDK that a module can't share its name with.
    private static let taken: Set<String> = [
        "Swift", "Foundation", "Dispatch", "Glibc", "Testing", "Synchronization", "Observation",
        "Distributed", "Cxx", "Plugin", "Function", "Trigger", "Tick", "Response", "Headers",
        "Greeting", "Reply", "Test", "Tests", "Main", "C", "Report", "Limits", "Builtin", "Runtime",
    ]
}
