import Foundation
import Testing

/// What is proposed for headers that everybody has is taken by the schema and the host, and answers.
@Suite("What bind proposes", .serialized)
struct BindTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var header: String
        var library: String
        /// The functions to serve; the whole header is only looked at.
        var only: [String]
        var function: String
        var args: String
        var reply: String
        var testDescription: String { header }
    }

    static let rows = [
        Row(
            header: "math.h",
            library: "libm.so.6",
            only: ["pow", "frexp"],
            function: "pow",
            args: "[2,10]",
            reply: #"{"result":1024.0}"#
        ),
        Row(
            header: "zlib.h",
            library: "libz.so.1",
            only: ["crc32", "adler32"],
            function: "crc32",
            args: #"[0,"aGVsbG8="]"#,
            reply: #"{"result":907060870}"#
        ),
        Row(
            header: "sqlite3.h",
            library: "libsqlite3.so.0",
            only: ["sqlite3_libversion", "sqlite3_complete", "sqlite3_strglob"],
            function: "sqlite3_strglob",
            args: #"["a*c","abc"]"#,
            reply: #"{"result":0}"#
        ),
        Row(
            header: "crypt.h",
            library: "libcrypt.so.1",
            only: ["crypt_gensalt", "crypt"],
            function: "crypt",
            args: #"["secret","$1$salt"]"#,
            reply: #"{"result":"$1$salt$"#
        ),
        Row(
            header: "png.h",
            library: "libpng16.so.16",
            only: ["png_access_version_number", "png_sig_cmp"],
            function: "png_access_version_number",
            args: "[]",
            reply: #"{"result":106"#
        ),
    ]

    @Test(arguments: rows) func answersForAHeader(row: Row) async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let roost = RoostProcess.products.appending(path: "roost").path
        let header = "/usr/include/\(row.header)"
        // All of it is a signature file, which only lacks a person's decisions.
        let whole = workshop.directory.appending(path: "whole.functions.json").path
        let all = try await run(roost, ["bind", header, "--library", row.library, "-o", whole])
        #expect(all.status == 0, "\(all.errors)")
        #expect(!all.errors.contains("not yet a signature file"), "\(all.errors)")
        let judged = try await OpenAPITests.validSignatures(whole)
        #expect(judged.status == 0, "\(judged.output)\(judged.errors)")
        let proposal = try String(contentsOfFile: whole, encoding: .utf8)
        #expect(proposal.contains("\"name\": \"\(row.only[0])\""), "\(header)")
        // A part of it is served as it stands.
        let part = workshop.directory.appending(path: "part.functions.json").path
        let chosen = row.only.flatMap { ["--only", $0] }
        let some = try await run(
            roost,
            ["bind", header, "--library", row.library, "-o", part] + chosen
        )
        #expect(some.status == 0, "\(some.errors)")
        let host = try await RoostProcess.start()
        let deployed = try await host.command("deploy", part)
        #expect(deployed.status == 0, "\(deployed.errors)")
        let reply = try await curl(
            "\(host.functions)/functions/part.\(row.function)",
            "-d",
            "{\"args\":\(row.args)}"
        )
        #expect(reply.body.hasPrefix(row.reply), "\(reply)")
        #expect(await host.stop() == 0)
    }

    /// Layouts that C's rules don't give are for the library to know.
    @Test func packedStructsAreNotProposed() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        try workshop.write(
            """
            struct __attribute__((packed)) tight { char a; double b; };
            #pragma pack(push, 1)
            struct pushed { char a; int b; };
            #pragma pack(pop)
            struct wide { char a; int b __attribute__((aligned(16))); };
            struct plain { char a; int b; };
            int take_tight(struct tight *value);
            int take_pushed(struct pushed *value);
            int take_wide(struct wide *value);
            int by_value(struct tight value);
            int take_plain(struct plain value);
            """,
            to: "packed.h"
        )
        let roost = RoostProcess.products.appending(path: "roost").path
        let header = workshop.directory.appending(path: "packed.h").path
        let bound = try await run(roost, ["bind", header, "--library", "libx.so.1"])
        #expect(bound.status == 0, "\(bound.errors)")
        #expect(bound.output.contains(#""plain": { "struct""#), "\(bound.output)")
        for name in ["tight", "pushed", "wide"] {
            #expect(!bound.output.contains("\"\(name)\": { \"struct\""), "\(bound.output)")
        }
        #expect(bound.errors.contains("left out: by_value"), "\(bound.errors)")
    }
}
