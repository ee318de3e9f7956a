import Foundation
import SeededRandom
import Testing

@testable import PluginCatalog

struct ELFImageTests {
    private static func image(_ bytes: [UInt8]) throws(ELFProblem) -> ELFImage {
        try ELFImage(bytes.span.bytes)
    }

    @Test func readsWhatAPluginSaysOfItself() throws {
        let bytes = try PluginFactory.plugin(
            extra: "extern double pow(double, double); double p(double x) { return pow(x, x); }",
            flags: [
                "-g", "-lm", "-Wl,-soname,libp.so", "-Wl,-rpath,/opt/x:/opt/y", "-Wl,--build-id",
            ]
        )
        let image = try Self.image(bytes)
        #expect(image.header.machine == ELFMachine.host)
        #expect(image.header.kind == .shared)
        #expect(!image.isPositionIndependentExecutable)
        #expect(image.soname == "libp.so")
        #expect(image.needed.contains("libm.so.6"))
        #expect(image.runPaths == ["/opt/x", "/opt/y"])
        #expect(image.entries == ["roost_plugin_main"])
        #expect(image.exports.contains("p"))
        #expect(image.stamps.map(\.abiVersion) == [1])
        #expect(image.stamps.first?.swiftVersion == "")
        #expect(image.buildID?.count == 40)
        #expect(image.hasDebugInformation)
        #expect(!image.hasSwiftCode)
        #expect((1..<100_000).contains(image.textSize))
        let pow = try #require(image.imports.first { $0.name == "pow" })
        #expect(pow.version?.hasPrefix("GLIBC_") == true)
        #expect(!pow.isWeak)
    }

    @Test func countsSymbolsByEitherHashTable() throws {
        for style in ["gnu", "sysv", "both"] {
            let image = try Self.image(
                try PluginFactory.plugin(flags: ["-Wl,--hash-style=\(style)"])
            )
            #expect(image.entries == ["roost_plugin_main"], "\(style)")
        }
    }

    /// Entries may share a name, which is read for each: a small file could ask for gigabytes.
    @Test func refusesNamesThatTakeMoreThanAnyLibrarys() throws {
        let long = String(repeating: "n", count: 4_000)
        let count = 20_000
        let symbols = [long] + (0..<count).map { number in "s\(number)" }
        let lines = symbols.map { ".globl \($0); .type \($0),@function; \($0):; " }
        let code = "asm(\"" + lines.joined() + "nop\");"
        var bytes = try PluginFactory.plugin(extra: code)
        #expect(try Self.image(bytes).exports.count > count)
        let header = try ELFHeader(ELFBytes(bytes.span.bytes))
        for type in [UInt32(11), 2] {
            let table = try #require(header.sections.first { $0.type == type })
            let names = header.sections[Int(table.link)].offset
            let end = Int(table.offset + table.size)
            let entries = Array(stride(from: Int(table.offset), to: end, by: 24))
            let isLong = { (entry: Int) -> Bool in
                var place = Int(names)
                for byte in 0..<4 { place += Int(bytes[entry + byte]) << (8 * byte) }
                return bytes[place...].starts(with: long.utf8)
            }
            let one = try #require(entries.first(where: isLong))
            let name = Array(bytes[one..<one + 4])
            for entry in entries { bytes.replaceSubrange(entry..<entry + 4, with: name) }
        }
        #expect(throws: ELFProblem.malformed("its names take more than 64 MiB")) {
            try Self.image(bytes)
        }
        #expect(throws: ELFProblem.self) { try SymbolTable(bytes.span.bytes) }
    }

    @Test func needsNoSections() throws {
        var bytes = try PluginFactory.plugin(stamp: "ROOST_STAMP(\"6.3\");")
        // The section table's offset, count and names index.
        for index in [40, 41, 42, 43, 44, 45, 46, 47, 60, 61, 62, 63] { bytes[index] = 0 }
        let image = try Self.image(bytes)
        #expect(image.entries == ["roost_plugin_main"])
        #expect(image.stamps.first?.swiftVersion == "6.3")
    }

    @Test func readsTheLibrariesOfTheSystem() throws {
        let search = LibrarySearch(swiftRuntime: HostRelease.current.swiftRuntime)
        for name in ["libc.so.6", "libm.so.6", "libswiftCore.so"] {
            let path = try #require(search.find(name, runPaths: []), "\(name)")
            let data = try #require(FileManager.default.contents(atPath: path))
            let image = try Self.image([UInt8](data))
            #expect(image.exports.count > 100, "\(name)")
        }
    }

    @Test func findsEveryCutShort() throws {
        let bytes = try PluginFactory.plugin()
        for count in stride(from: 0, to: bytes.count, by: 61) {
            #expect(throws: ELFProblem.self) { try Self.image(Array(bytes.prefix(count))) }
        }
    }

    @Test func survivesDamage() throws {
        let sound = try PluginFactory.plugin(flags: ["-g"])
        var random = SeededGenerator(seed: 0x0526_1979)
        var refused = 0
        for _ in 0..<20_000 {
            var bytes = sound
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                // Half of the damage goes where the tables are.
                let range = Bool.random(using: &random) ? 0..<1_024 : 0..<bytes.count
                let place = Int.random(in: range, using: &random)
                let extreme: [UInt8] = [0, 1, 0x7f, 0x80, 0xff]
                bytes[place] =
                    Bool.random(using: &random)
                    ? extreme[Int.random(in: 0..<5, using: &random)]
                    : UInt8.random(in: 0...255, using: &random)
            }
            if Int.random(in: 0..<8, using: &random) == 0 {
                bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
            }
            do {
                _ = try Self.image(bytes)
            } catch {
                refused += 1
            }
        }
        #expect(refused > 100)
        #expect(refused < 20_000)
    }

    @Test func survivesNoise() {
        var random = SeededGenerator(seed: 0xca11)
        for _ in 0..<5_000 {
            var bytes: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1]
            let count = Int.random(in: 0..<600, using: &random)
            for _ in 0..<count { bytes.append(UInt8.random(in: 0...255, using: &random)) }
            #expect(throws: ELFProblem.self) { try Self.image(bytes + [0]) }
        }
    }
}
