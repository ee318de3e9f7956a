// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "sdk",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "CFunctionABI", targets: ["CFunctionABI"]),
        .library(name: "FunctionSDK", targets: ["FunctionSDK"]),
        .library(name: "FunctionTesting", targets: ["FunctionTesting"]),
    ],
    targets: [
        .target(name: "CFunctionABI"),
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
