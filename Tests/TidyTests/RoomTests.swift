import Testing

struct RoomTests {
    /// Which rooms a room may import: no sibling, since only executables join them.
    private static let arrows: [String: Set<String>] = [
        "AdminAPI": ["FunctionModel", "Platform"],
        "CellProtocol": [],
        "CellRuntime": [
            "CCell", "CellProtocol", "CPlatform", "ForeignCalls", "ForeignSignatures", "Platform",
        ],
        "CellSupervision": ["CellProtocol", "CPlatform", "FunctionModel", "Platform"],
        "Destinations": ["FunctionModel", "Platform"],
        "ForeignCalls": ["CLibFFI", "ForeignSignatures"],
        "ForeignSignatures": [],
        "FunctionDispatch": ["FunctionModel"],
        "FunctionModel": [],
        "HostMetrics": ["FunctionModel"],
        "HostServices": ["FunctionModel"],
        "HostSettings": ["FunctionModel"],
        "InvocationStore": ["FunctionModel"],
        "OpenAPI": ["ForeignSignatures", "FunctionModel"],
        "Platform": ["CPlatform"],
        "PluginCatalog": [
            "CLibCrypto", "CPlatform", "ForeignSignatures", "FunctionModel", "Platform",
        ],
        "RoostCLI": ["ForeignSignatures", "FunctionModel", "Platform"],
        "TriggerCron": ["FunctionModel", "Platform"],
        "TriggerFiles": ["FunctionModel", "Platform"],
        "TriggerHTTP": ["FunctionModel"],
        "TriggerQueue": ["FunctionModel", "Platform"],
        "CCell": [], "CJemalloc": [], "CLibCrypto": [], "CLibFFI": [], "CPlatform": [],
        "roost": [
            "AdminAPI", "CellProtocol", "CellSupervision", "CPlatform", "Destinations",
            "FunctionDispatch", "FunctionModel", "HostMetrics", "HostServices", "HostSettings",
            "InvocationStore", "OpenAPI", "Platform",
            "PluginCatalog", "RoostCLI", "TriggerCron", "TriggerFiles", "TriggerHTTP",
            "TriggerQueue",
        ],
        "roost-cell": ["CCell", "CellRuntime", "CPlatform", "Platform"],
    ]

    /// Who speaks the plugins' contract: the inside of a cell, and the catalog for its stamp.
    private static let contract = ["CellRuntime", "CCell", "PluginCatalog"]

    @Test func importsFollowTheArrows() {
        let rooms = Set(Repository.here.rooms)
        for file in Repository.here.swift {
            guard let room = file.room else { continue }
            let allowed = Self.arrows[room] ?? []
            for module in Self.imports(of: file) {
                if rooms.contains(module), !allowed.contains(module) {
                    Issue.record(
                        "\(file.path) imports \(module): no arrow leads there from \(room)"
                    )
                }
                if module == "CFunctionABI", !Self.contract.contains(room) {
                    Issue.record(
                        "\(file.path) speaks the plugins' contract: it is not its business"
                    )
                }
            }
        }
    }

    @Test func everyRoomHasItsRowInTheArrows() {
        #expect(Repository.here.rooms.sorted() == Self.arrows.keys.sorted())
    }

    @Test func everyRoomIsOnTheRoomsPageAndNoOther() throws {
        let page = try Repository.here.text("Sources/README.md")
        let rows = page.split(separator: "\n").filter { $0.hasPrefix("| [`") }
        let listed = rows.flatMap { row in
            row.split(separator: "|")[0].matches(of: /\[`([^`]+)`\]\(([^)]+)\)/).map { match in
                #expect(match.1 == match.2, "a room's link leads to its folder")
                return String(match.1)
            }
        }
        #expect(listed.sorted() == Repository.here.rooms.sorted())
    }

    @Test func foldersAreNamedByWhatIsInThem() {
        let empty: Set = ["utils", "util", "helpers", "helper", "common", "core", "new", "misc"]
        for folder in Repository.here.folders {
            let name = folder.split(separator: "/").last.map { $0.lowercased() } ?? ""
            #expect(!empty.contains(name), "\(folder): name it by what is in it")
        }
    }

    @Test func readsImports() {
        let file = Repository.File(
            path: "Sources/X/Y.swift",
            text:
                "internal import A\n@preconcurrency public import struct B.C\n// import D\nimport E\n"
        )
        #expect(Self.imports(of: file) == ["A", "B", "E"])
    }

    private static func imports(of file: Repository.File) -> [String] {
        let statement =
            /^(?:@\w+(?:\(\w+\))? +)*(?:(?:public|package|internal|fileprivate|private) +)?import +(?:(?:struct|class|enum|protocol|func|typealias|var|let) +)?(\w+)/
        return file.lines.compactMap { line in line.prefixMatch(of: statement).map { String($0.1) }
        }
    }
}
