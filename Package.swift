// swift-tools-version: 6.2
import PackageDescription

/// Settings of every Swift target: what the compiler can hold, it holds.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableExperimentalFeature("Lifetimes"),
]

/// A room of the host: a library target in `Sources` with tests of its own in `Tests`.
func room(
    _ name: String,
    _ dependencies: [Target.Dependency],
    tests: [Target.Dependency] = []
) -> [Target] {
    [
        .target(name: name, dependencies: dependencies, swiftSettings: strict),
        .testTarget(
            name: "\(name)Tests",
            dependencies: [.target(name: name)] + dependencies + tests,
            swiftSettings: strict
        ),
    ]
}

/// Settings of the example plugins: what a package of an author's own has by default, and no more.
let plain: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A library of the system's, by its pkg-config name and Debian's package.
func system(_ name: String, _ found: String, _ package: String, path: String? = nil) -> Target {
    .systemLibrary(name: name, path: path, pkgConfig: found, providers: [.apt([package])])
}

let functionSDK: Target.Dependency = .product(name: "FunctionSDK", package: "sdk")

/// An example plugin: a target in `Plugins`, built as `lib<name>.so`.
func plugin(
    _ name: String,
    _ dependencies: [Target.Dependency] = [],
    in folder: String = "Plugins",
    excluding excluded: [String] = ["README.md"]
) -> Target {
    .target(
        name: name,
        dependencies: [functionSDK] + dependencies,
        path: "\(folder)/\(name)",
        exclude: excluded,
        swiftSettings: plain
    )
}

/// The example plugins.
let plugins: [Target] = [
    plugin("Airports", ["CAirportData"], excluding: ["README.md", "Data", "fetch-data.sh"]),
    plugin("Counter"),
    plugin("Events"),
    plugin("Hello"),
    plugin("NightlyReport"),
    plugin("Orders"),
    plugin("PriceList"),
    plugin("Thumbnail", ["CThumbnailCodecs"], excluding: ["README.md", "CJPEG", "CPNG", "Codecs"]),
    plugin("Users"),
    plugin("WordCount"),
    plugin("Zoo", ["CZooFaults"], excluding: ["README.md", "Faults"]),
]

/// A program of the tests.
func program(_ name: String, _ folder: String, _ needed: [Target.Dependency]) -> Target {
    let path = "Tests/\(folder)"
    return .executableTarget(name: name, dependencies: needed, path: path, swiftSettings: plain)
}

/// Plugins of tests.
let testPlugins = [
    plugin("EscapePlugin", ["CEscapeAttempts"], in: "Tests", excluding: ["Attempts"]),
    plugin("FileLedgerPlugin", in: "Tests", excluding: []),
    plugin("FilePlugin", in: "Tests", excluding: []),
    plugin("HostCallPlugin", in: "Tests", excluding: []),
]

let functionABI: Target.Dependency = .product(name: "CFunctionABI", package: "sdk")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]
let embedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let http: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let tls: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(
    name: "ServiceLifecycle",
    package: "swift-service-lifecycle"
)
let trigger: [Target.Dependency] = ["FunctionModel", "Platform", logging, nio[0]]
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "roost",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "roost", targets: ["roost"]),
        .executable(name: "roost-cell", targets: ["roost-cell"]),
    ] + (plugins + testPlugins).map { .library(name: $0.name, type: .dynamic, targets: [$0.name]) },
    dependencies: [
        .package(path: "sdk"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.0"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .target(name: "CPlatform"),
        .target(
            name: "CAirportData",
            path: "Plugins/Airports/Data",
            exclude: ["sample.tsv"],
            cSettings: [.unsafeFlags(["-Wno-c23-extensions"])]
        ),
        system("CJPEG", "libjpeg", "libjpeg-dev", path: "Plugins/Thumbnail/CJPEG"),
        system("CPNG", "libpng", "libpng-dev", path: "Plugins/Thumbnail/CPNG"),
        .target(
            name: "CThumbnailCodecs",
            dependencies: ["CJPEG", "CPNG"],
            path: "Plugins/Thumbnail/Codecs"
        ),
        .target(
            name: "CZooFaults",
            dependencies: ["CJPEG"],
            path: "Plugins/Zoo/Faults",
            linkerSettings: [.linkedLibrary("z")]
        ),
        system("CLibCrypto", "libcrypto", "libssl-dev"),
        system("CLibFFI", "libffi", "libffi-dev"),
        system("CJemalloc", "jemalloc", "libjemalloc-dev"),
        .target(
            name: "CCell",
            dependencies: [
                "CPlatform", "CJemalloc", .product(name: "CFunctionABI", package: "sdk"),
            ],
            linkerSettings: [.linkedLibrary("stdc++")]
        ),
        .executableTarget(
            name: "roost",
            dependencies: [
                "AdminAPI", "CellSupervision", "Destinations", "FunctionDispatch", "FunctionModel",
                "HostMetrics", "HostServices", "HostSettings", "InvocationStore", "OpenAPI",
                "Platform", "PluginCatalog", "RoostCLI", "TriggerCron", "TriggerFiles",
                "TriggerHTTP",
                "TriggerQueue",
                arguments, lifecycle, logging, metrics,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ] + nio,
            swiftSettings: strict
        ),
        .executableTarget(
            name: "roost-cell",
            dependencies: ["CellRuntime"],
            swiftSettings: strict,
            linkerSettings: [.unsafeFlags(["-Xlinker", "--export-dynamic"])]
        ),
        program("HostileCell", "HostileCell", ["CellProtocol", "Platform"]),
        .target(name: "CEscapeAttempts", path: "Tests/EscapePlugin/Attempts"),
        .target(
            name: "FakeHost",
            dependencies: ["AdminAPI", "FunctionModel", "RoostCLI", logging] + nio,
            path: "Tests/FakeHost",
            swiftSettings: strict
        ),
        .executableTarget(name: "Arrivals", path: "Tests/Arrivals"),
        program("bare-cell", "Benchmarks/BareCell", ["CPlatform", "CellProtocol", functionABI]),
        .target(name: "CAllocationCount", path: "Tests/Benchmarks/AllocationCount"),
        program(
            "foreign-bench",
            "Benchmarks/ForeignBench",
            ["CAllocationCount", "CLibFFI", "ForeignCalls", "ForeignSignatures"]
        ),
        program(
            "store-bench",
            "Benchmarks/StoreBench",
            ["FunctionModel", "InvocationStore", "TriggerCron", "TriggerQueue", logging, sqlite]
        ),
        program(
            "QueueVictim",
            "QueueVictim",
            [
                "FunctionModel", "InvocationStore", "TriggerCron", "TriggerFiles", "TriggerQueue",
                logging, nio[0],
            ]
        ),
        .target(
            name: "FaultyDisk",
            path: "Tests/FaultyDisk",
            linkerSettings: [.linkedLibrary("sqlite3")]
        ),
        .target(name: "SeededRandom", path: "Tests/SeededRandom", swiftSettings: strict),
        .testTarget(name: "TidyTests", swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["roost", "roost-cell", "QueueVictim", "SeededRandom"],
            swiftSettings: strict
        ),
    ]
        + plugins + testPlugins
        + [
            .testTarget(
                name: "PluginsTests",
                dependencies: [
                    "FunctionModel", functionSDK,
                    .product(name: "FunctionTesting", package: "sdk"),
                ] + plugins.map { .target(name: $0.name) },
                swiftSettings: strict
            )
        ]
        + room("FunctionModel", [nio[0]], tests: ["SeededRandom"])
        + room("Platform", ["CPlatform"])
        + room("CellProtocol", [], tests: ["SeededRandom"])
        + room(
            "CellRuntime",
            [
                "CCell", "CellProtocol", "CPlatform", "ForeignCalls", "ForeignSignatures",
                "Platform",
                functionABI,
            ]
        )
        + room("ForeignSignatures", [], tests: ["SeededRandom"])
        + room("ForeignCalls", ["CLibFFI", "ForeignSignatures"], tests: ["SeededRandom"])
        + room(
            "CellSupervision",
            ["CellProtocol", "CPlatform", "FunctionModel", "Platform", logging] + nio,
            tests: ["HostileCell", "roost-cell", "SeededRandom", embedded]
        )
        + room(
            "FunctionDispatch",
            ["FunctionModel", logging, metrics] + nio,
            tests: [.product(name: "MetricsTestKit", package: "swift-metrics"), embedded]
        )
        + room(
            "HostSettings",
            [
                "FunctionModel", .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Yams", package: "Yams"),
            ]
        )
        + room(
            "PluginCatalog",
            [
                "CLibCrypto", "CPlatform", "ForeignSignatures", "FunctionModel", "Platform",
                logging,
                functionABI, .product(name: "Yams", package: "Yams"),
            ],
            tests: ["SeededRandom"]
        )
        + room("TriggerHTTP", ["FunctionModel", logging, http] + nio, tests: ["SeededRandom"])
        + room("HostServices", ["FunctionModel", nio[0]], tests: ["InvocationStore"])
        + room("TriggerQueue", trigger, tests: ["InvocationStore"])
        + room("TriggerCron", trigger, tests: ["InvocationStore", "SeededRandom"])
        + room("TriggerFiles", trigger, tests: ["InvocationStore", "SeededRandom"])
        + room("Destinations", ["FunctionModel", "Platform", http, tls] + nio)
        + room(
            "AdminAPI",
            [
                "FunctionModel", "Platform", lifecycle, logging,
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ] + nio,
            tests: ["FakeHost", "RoostCLI"]
        )
        + room("HostMetrics", ["FunctionModel", metrics])
        + room("OpenAPI", ["ForeignSignatures", "FunctionModel"])
        + room(
            "InvocationStore",
            ["FunctionModel", .product(name: "GRDB", package: "GRDB.swift"), sqlite],
            tests: ["FaultyDisk", "SeededRandom"]
        )
        + room(
            "RoostCLI",
            ["ForeignSignatures", "FunctionModel", "Platform", arguments, http] + nio,
            tests: ["AdminAPI", "FakeHost", logging]
        )
)
