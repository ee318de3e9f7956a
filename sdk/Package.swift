// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

// The version of Swift that builds a plugin goes into its stamp: host and plugin must share one
// runtime. A define, because C code can't ask the Swift compiler.
#if compiler(>=6.5)
#error("name this compiler's version here, for the stamp")
#elseif compiler(>=6.4)
let swiftVersion = "6.4"
#elseif compiler(>=6.3)
let swiftVersion = "6.3"
#else
let swiftVersion = "6.2"
#endif

let package = Package(
    name: "sdk",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "CFunctionABI", targets: ["CFunctionABI"]),
        .library(name: "FunctionSDK", targets: ["FunctionSDK"]),
        .library(name: "FunctionTesting", targets: ["FunctionTesting"]),
    ],
    targets: [
        .target(
            name: "CFunctionABI",
            cSettings: [.define("ROOST_SWIFT_VERSION", to: "\"\(swiftVersion)\"")]
        ),
        .target(name: "FunctionSDK", dependencies: ["CFunctionABI"], swiftSettings: strict),
        .target(
            name: "FunctionTesting",
            dependencies: ["CFunctionABI", "FunctionSDK"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "FunctionSDKTests",
            dependencies: ["FunctionSDK", "FunctionTesting"],
            swiftSettings: strict
        ),
    ]
)
