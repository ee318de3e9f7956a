import Foundation
import Testing

/// Libraries that stand beside their signature file: replaced, refused, crashing and running away.
@Suite("A library beside its signature file", .serialized)
struct ForeignLibraryTests {
    private static let signatures = """
        {"library":{"file":"libmine.so"},"functions":[
          {"name":"version","result":"int"},
          {"name":"crash","onCrash":"restart","arguments":["int"],"result":"int"},
          {"name":"spin","limits":{"timeoutMilliseconds":300}},
          {"name":"leave","arguments":["int"]}]}
        """

    private static func source(_ version: Int) -> String {
        """
        #include <stdlib.h>
        #include <string.h>
        int version(void) { return \(version); }
        int crash(int how) {
            if (how == 0) return *(volatile int *)8;
            if (how == 1) abort();
            return (int)strlen((const char *)16);
        }
        void spin(void) { for (volatile int i = 0;; i++) {} }
        void leave(int status) { exit(status); }
        """
    }

    private static func build(_ source: String, in workshop: Workshop) async throws {
        try workshop.write(source, to: "mine.c")
        try await workshop.make(
            "/usr/bin/cc",
            ["-g", "-shared", "-fPIC", "-o", "libmine.so", "mine.c"]
        )
    }

    private static func call(
        _ host: RoostProcess,
        _ name: String,
        _ args: String
    ) async throws
        -> (status: Int, body: String)
    {
        let reply = try await curl(
            "\(host.functions)/functions/mine.\(name)",
            "-d",
            "{\"args\":\(args)}"
        )
        return (reply.status, reply.body)
    }

    private static func awaits(_ host: RoostProcess, version: Int) async throws {
        _ = try await eventually("version \(version) is served", within: .seconds(30)) {
            try await call(host, "version", "[]").body == "{\"result\":\(version)}" ? true : nil
        }
    }

    @Test func isOneVersionWithItsFileAndContained() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        try await Self.build(Self.source(1), in: workshop)
        try workshop.write(Self.signatures, to: "mine.functions.json")
        let host = try await RoostProcess.start()
        let file = workshop.directory.appending(path: "mine.functions.json")
        // The library goes along.
        let deployed = try await host.command("deploy", file.path)
        #expect(deployed.status == 0, "\(deployed.errors)")
        try await Self.awaits(host, version: 1)
        let plugins = try await host.command("plugins", "--json").output
        #expect(!plugins.contains("libmine.so"), "the library is no plugin of its own:\n\(plugins)")
        for how in 0...2 {
            let crash = try await Self.call(host, "crash", "[\(how)]")
            #expect(crash.status == 502, "\(how): \(crash)")
            #expect(crash.body.contains("crashed"), "\(how): \(crash)")
            _ = try await eventually("it serves again after crash \(how)") {
                try await Self.call(host, "version", "[]").status == 200 ? true : nil
            }
        }
        #expect(try await Self.call(host, "spin", "[]").status == 504)
        _ = try await eventually("it serves again after a runaway") {
            try await Self.call(host, "version", "[]").status == 200 ? true : nil
        }
        #expect(try await Self.call(host, "leave", "[3]").status == 502)
        // The library alone is replaced, and both are switched.
        try await Self.build(Self.source(2), in: workshop)
        try RoostProcess.drop(
            file: workshop.directory.appending(path: "libmine.so"),
            into: host.plugins
        )
        try await Self.awaits(host, version: 2)
        let back = try await host.command("rollback", "mine")
        #expect(back.status == 0, "\(back.errors)")
        try await Self.awaits(host, version: 1)
        #expect(await host.stop() == 0)
    }

    @Test(arguments: [
        (#"{"library":"libnowhere.so.7","functions":[{"name":"f"}]}"#, "can't find"),
        (#"{"library":{"file":"libnone.so"},"functions":[{"name":"f"}]}"#, "doesn't stand beside"),
        (#"{"library":"libm.so.6","functions":[{"name":"powpow"}]}"#, "has no function 'powpow'"),
        (
            #"{"library":"libm.so.6","functions":[{"name":"pow","isolation":"thread"}]}"#,
            "only in a cell of their own"
        ),
        (
            #"{"library":"libm.so.6","functions":[{"name":"pow","arguments":["void"]}]}"#,
            "is void: leave it out"
        ),
        ("{", "is not JSON"),
    ])
    func isRefusedInWords(text: String, words: String) async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        try workshop.write(text, to: "bad.functions.json")
        let host = try await RoostProcess.start()
        let file = workshop.directory.appending(path: "bad.functions.json")
        let deployed = try await host.command("deploy", file.path)
        #expect(deployed.status != 0)
        #expect(deployed.errors.contains(words), "\(deployed.errors)")
        #expect(await host.stop() == 0)
    }

    @Test func anOperatorCannotPutItIntoASharedCell() async throws {
        let host = try await RoostProcess.start(
            settings: "plugins:\n  libm:\n    isolation: thread\n"
        )
        let file = ForeignTests.examples.appending(path: "libm.functions.json")
        let deployed = try await host.command("deploy", file.path)
        #expect(deployed.status != 0)
        #expect(deployed.errors.contains("runs only in a cell of its own"), "\(deployed.errors)")
        #expect(await host.stop() == 0)
    }

    /// What counts is the C ABI: Swift without the SDK has it too.
    @Test func mayBeSwiftThatExportsFunctionsOfC() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        try workshop.write(
            """
            @c public func area(_ width: Double, _ height: Double) -> Double { width * height }
            @c public func trap(_ index: Int32) -> Int32 { [1, 2, 3][Int(index)] }
            """,
            to: "shapes.swift"
        )
        try await workshop.make(
            "/usr/bin/env",
            [
                "swiftc", "-g", "-emit-library", "-parse-as-library", "-o", "libshapes.so",
                "shapes.swift",
            ]
        )
        try workshop.write(
            """
            {"library":{"file":"libshapes.so"},"functions":[
              {"name":"area","arguments":["double","double"],"result":"double"},
              {"name":"trap","arguments":["int32"],"result":"int32"}]}
            """,
            to: "shapes.functions.json"
        )
        let host = try await RoostProcess.start()
        let file = workshop.directory.appending(path: "shapes.functions.json")
        let deployed = try await host.command("deploy", file.path)
        #expect(deployed.status == 0, "\(deployed.errors)")
        let url = "\(host.functions)/functions/shapes"
        let area = try await curl("\(url).area", "-d", #"{"args":[2.5,4]}"#)
        #expect(area.body == #"{"result":10.0}"#)
        let trap = try await curl("\(url).trap", "-d", #"{"args":[7]}"#)
        #expect(trap.status == 502)
        #expect(await host.stop() == 0)
    }

    @Test func bindProposesAFileForAHeader() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let header = """
            #include <stddef.h>
            #include <stdint.h>
            typedef struct thing thing;
            enum level { LOW, HIGH = 5 };
            struct point { double x, y; int n[3]; };
            thing *thing_new(const char *name);
            int thing_open(thing **out, enum level level);
            uint32_t sum(const unsigned char *data, size_t count);
            double norm(struct point p);
            long double wide(long double value);
            void each(int (*visit)(void *, int), void *context);
            """
        try workshop.write(header, to: "thing.h")
        let path = workshop.directory.appending(path: "thing.h").path
        let output = workshop.directory.appending(path: "thing.functions.json").path
        let roost = RoostProcess.products.appending(path: "roost").path
        let bound = try await run(
            roost,
            ["bind", path, "--library", "libthing.so.1", "-o", output]
        )
        #expect(bound.status == 0, "\(bound.errors)")
        #expect(bound.errors.contains("left out: wide"), "\(bound.errors)")
        #expect(bound.errors.contains("decide: type thing: which function ends it"))
        #expect(!bound.errors.contains("not yet a signature file"), "\(bound.errors)")
        let proposal = try String(contentsOfFile: output, encoding: .utf8)
        let wanted = [
            #""name": "data", "type": "bytes""#, #""lengthOf": "data""#, #""LOW": 0, "HIGH": 5"#,
            #""fields": { "x": "double", "y": "double", "n": "int[3]" }"#,
            #""type": "thing", "direction": "out""#, #""nonNull": true"#, "DECIDE: ",
            #""parameter2": "int""#,
        ]
        for part in wanted { #expect(proposal.contains(part), "\(part) in\n\(proposal)") }
        let without = try await run(roost, ["bind", path], environment: ["CLANG": "no-such-clang"])
        #expect(without.status != 0)
        #expect(without.errors.contains("reading a header takes clang"), "\(without.errors)")
    }

    @Test func inspectShowsSignatures() async throws {
        let roost = RoostProcess.products.appending(path: "roost").path
        let file = ForeignTests.examples.appending(path: "zlib.functions.json").path
        let shown = try await run(roost, ["inspect", file, "--probe"])
        #expect(shown.status == 0, "\(shown.errors)")
        #expect(shown.output.contains("uint64_t crc32(uint64_t crc, void *data, uint32_t length)"))
        #expect(shown.output.contains("args: crc, data"))
        #expect(shown.output.contains("one, since callers hold handles"))
        #expect(shown.output.contains(#""plugin" : "zlib""#))
    }
}
