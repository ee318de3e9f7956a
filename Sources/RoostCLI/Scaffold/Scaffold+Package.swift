// What packages of all templates have in common.
extension Scaffold {
    /// The name by which the package manager knows the SDK: the last part of its path.
    private var sdkPackage: String {
        sdkPath.split(separator: "/").last.map { String($0).lowercased() } ?? "sdk"
    }

    /// The manifest.
    ///
    /// - Parameter product: What the plugin's own target links of the SDK.
    /// - Returns: The file.
    func packageFile(linking product: String) -> ScaffoldFile {
        ScaffoldFile(
            "Package.swift",
            """
            // swift-tools-version: 6.2
            import PackageDescription

            let package = Package(
                name: "\(name)",
                platforms: [.macOS(.v15)],
                products: [
                    // Built as lib\(module).so: the file to deploy.
                    .library(name: "\(module)", type: .dynamic, targets: ["\(module)"])
                ],
                dependencies: [
                    .package(path: "\(sdkPath)")
                ],
                targets: [
                    .target(
                        name: "\(module)",
                        dependencies: [.product(name: "\(product)", package: "\(sdkPackage)")]
                    ),
                    .testTarget(
                        name: "\(module)Tests",
                        dependencies: [
                            "\(module)",
                            .product(name: "FunctionSDK", package: "\(sdkPackage)"),
                            .product(name: "FunctionTesting", package: "\(sdkPackage)"),
                        ]
                    ),
                ]
            )

            """
        )
    }

    /// The page that says how to go on.
    func readmeFile(_ summary: String, trying: String) -> ScaffoldFile {
        ScaffoldFile(
            "README.md",
            """
            # \(name)

            \(summary)

            ```console
            $ swift build
            $ swift test
            $ roost deploy .build/debug/lib\(module).so
            ```

            \(trying)

            While you work on it, `roost dev` builds on every save and swaps the plugin in. For use,
            build with `swift build -c release`.

            """
        )
    }

    /// The line by which the host finds a Swift plugin.
    var export: String {
        """
        /// Exports the plugin.
        @c(roost_plugin_\(symbol)) public func entry(_ host: HostAPI) -> PluginPointer? {
            plugin.export(to: host)
        }
        """
    }

    /// The plugin's source in Swift.
    func sourceFile(_ contents: String) -> ScaffoldFile {
        ScaffoldFile("Sources/\(module)/\(module).swift", contents)
    }

    /// The plugin's tests.
    func testFile(_ contents: String) -> ScaffoldFile {
        ScaffoldFile("Tests/\(module)Tests/\(module)Tests.swift", contents)
    }
}
