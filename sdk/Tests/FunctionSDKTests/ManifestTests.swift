import FoundationEssentials
import FunctionSDK
import FunctionTesting
import Testing

@Suite struct ManifestTests {
    /// The manifest of one function, as the host's JSON decoder sees it.
    private func manifest(of function: String) throws -> [String: JSONValue] {
        let text = try TestHost(forms).manifest
        let root = try JSONDecoder().decode([String: JSONValue].self, from: Data(text.utf8))
        guard case .array(let functions)? = root["functions"] else { return [:] }
        for case .object(let members) in functions where members["name"] == .text(function) {
            return members
        }
        return [:]
    }

    @Test func namesThePlugin() throws {
        let text = try TestHost(forms).manifest
        let root = try JSONDecoder().decode([String: JSONValue].self, from: Data(text.utf8))
        #expect(root["plugin"] == .text("forms"))
        #expect(root["version"] == .text("1.2"))
        #expect(root["summary"] == .text("Every \"form\"."))
    }

    @Test func leavesOutWhatIsDefault() throws {
        #expect(try manifest(of: "text") == ["name": .text("text")])
    }

    @Test func writesAllOfAFunction() throws {
        let limits: [String: JSONValue] = [
            "timeoutMilliseconds": .number(2_000), "cpuMilliseconds": .number(1_500),
            "memoryBytes": .number(64 << 20), "concurrency": .number(3), "queueLength": .number(5),
            "ratePerMinute": .number(120), "burst": .number(4), "errorPercent": .number(40),
            "queueWaitMilliseconds": .number(1_000), "requestBytes": .number(8 << 10),
            "responseBytes": .number(9), "logBytes": .number(10),
            "startMilliseconds": .number(4_000), "idleMilliseconds": .number(60_000),
        ]
        let expected: [String: JSONValue] = [
            "name": .text("limited"), "summary": .text("Has limits."),
            "triggers": .array([
                .object(["http": .object(["method": .text("GET"), "path": .text("/a")])]),
                .object(["http": .object(["method": .text("PURGE"), "path": .text("/b")])]),
            ]),
            "limits": .object(limits), "isolation": .text("process"), "onCrash": .text("restart"),
            "streaming": .object(["response": .yes]), "idempotent": .yes, "public": .yes,
        ]
        #expect(try manifest(of: "limited") == expected)
    }

    @Test func writesAllOfASchedule() throws {
        let plugin = Plugin("clock") {
            Function(
                "tick",
                .cron(
                    "@daily",
                    overlap: .replace,
                    dst: .skip,
                    jitter: .seconds(90),
                    startingDeadline: .milliseconds(1_500),
                    starts: "2030-01-01T00:00:00Z",
                    ends: "2031-01-01T00:00:00Z"
                )
            ) { (tick: Tick, context) in "ticked" }
        }
        let text = try TestHost(plugin).manifest
        for part in [
            #""overlap":"replace""#, #""dst":"skip""#, #""jitter":"90000ms""#,
            #""startingDeadline":"1500ms""#, #""starts":"2030-01-01T00:00:00Z""#,
            #""ends":"2031-01-01T00:00:00Z""#,
        ] {
            #expect(text.contains(part))
        }
    }

    @Test func writesSchedulesWatchesAndInternalFunctions() throws {
        #expect(
            try manifest(of: "nightly")["triggers"]
                == .array([
                    .object([
                        "cron": .object([
                            "expression": .text("0 6 * * *"), "timeZone": .text("Europe/Berlin"),
                            "catchUp": .text("last"),
                        ])
                    ])
                ])
        )
        #expect(
            try manifest(of: "ingest")["triggers"]
                == .array([
                    .object([
                        "files": .object([
                            "directory": .text("inbox"), "matching": .array([.text("*.csv")]),
                            "recursive": .yes,
                        ])
                    ])
                ])
        )
        #expect(
            try manifest(of: "silent")["triggers"] == .array([.object(["internal": .object([:])])])
        )
    }

    @Test func escapesControlCharacters() throws {
        let plugin = Plugin("p", summary: "a\u{1}\n\\\"é") {}
        let text = try TestHost(plugin).manifest
        let root = try JSONDecoder().decode([String: JSONValue].self, from: Data(text.utf8))
        #expect(root["summary"] == .text("a\u{1}\n\\\"é"))
    }
}

enum JSONValue: Decodable, Equatable {
    case text(String)
    case number(Int)
    case yes
    case array([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let flag = try? container.decode(Bool.self), flag {
            self = .yes
        } else if let number = try? container.decode(Int.self) {
            self = .number(number)
        } else if let array = try? container.decode([JSONValue].self) {
            self = .array(array)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }
}
