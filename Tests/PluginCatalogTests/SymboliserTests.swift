import Foundation
import FunctionModel
import Testing

@testable import PluginCatalog

@Suite(.timeLimit(.minutes(2)))
struct SymboliserTests {
    private static let source = """
        int depth(int x) {
            volatile int zero = 0;
            return x / zero;
        }
        int caller(int y) {
            int result = depth(y);
            return result + 1;
        }
        """

    /// A library and where its functions begin.
    private struct Library {
        let directory: TemporaryDirectory
        let path: String

        init(_ flags: [String]) throws {
            directory = try TemporaryDirectory()
            path = directory.file("p.so")
            let bytes = try PluginFactory.compile(
                SymboliserTests.source,
                flags: ["-shared", "-fPIC"] + flags
            )
            try Data(bytes).write(to: URL(fileURLWithPath: path))
        }

        func address(_ name: String) throws -> UInt64 {
            let data = try #require(FileManager.default.contents(atPath: path))
            let table = try SymbolTable([UInt8](data).span.bytes)
            return try #require((0..<UInt64(data.count)).first { table.name(at: $0) == name })
        }
    }

    private static let tools: [SymbolTool] = [
        SymbolTool.find(swiftRuntime: HostRelease.current.swiftRuntime),
        SymbolTool.find(swiftRuntime: nil),
        FileManager.default.isExecutableFile(atPath: "/usr/bin/addr2line")
            ? SymbolTool(path: "/usr/bin/addr2line") : nil,
    ].compactMap { $0 }

    @Test(arguments: tools)
    func namesFunctionFileAndLine(_ tool: SymbolTool) async throws {
        let library = try Library(["-g", "-O0"])
        let symboliser = Symboliser(tool: tool, timeout: .seconds(20))
        let frames = await symboliser.symbolise(
            [
                StackFrame(image: "", offset: try library.address("depth")),
                StackFrame(image: "libc.so.6", offset: 0x1234),
                // A return address: just behind the first instructions of `caller`.
                StackFrame(image: "", offset: try library.address("caller") + 1),
                StackFrame(image: "", offset: 3),
            ],
            imagePath: library.path,
            contentHash: "a"
        )
        #expect(frames.map(\.symbol) == ["depth", nil, "caller", nil])
        #expect(frames[0].location?.hasSuffix("p.c:1") == true, "\(frames[0])")
        #expect(frames[2].location?.hasSuffix("p.c:5") == true, "\(frames[2])")
        #expect(frames[3].location == nil)
    }

    @Test func namesFunctionsWithoutATool() async throws {
        let library = try Library([])
        let offset = try library.address("caller")
        for tool in [nil, SymbolTool(path: "/nowhere/addr2line"), SymbolTool(path: "/bin/false")] {
            let symboliser = Symboliser(tool: tool, timeout: .seconds(20))
            let frames = await symboliser.symbolise(
                [StackFrame(image: "", offset: offset)],
                imagePath: library.path,
                contentHash: "a"
            )
            #expect(frames.map(\.symbol) == ["caller"])
        }
    }

    @Test func looksOnceForCrashesInALoop() async throws {
        let library = try Library(["-g"])
        let offset = try library.address("depth")
        let symboliser = Symboliser()
        for _ in 0..<5 {
            let frames = await symboliser.symbolise(
                [StackFrame(image: "", offset: offset)],
                imagePath: library.path,
                contentHash: "a"
            )
            #expect(frames.first?.symbol == "depth")
        }
        #expect(await symboliser.looks == 1)
    }

    @Test func givesUpOnAToolThatHangs() async throws {
        let library = try Library([])
        let tool = library.directory.file("addr2line")
        try "#!/bin/sh\nsleep 600\n".write(toFile: tool, atomically: true, encoding: .utf8)
        chmod(tool, 0o755)
        let symboliser = Symboliser(tool: SymbolTool(path: tool), timeout: .milliseconds(50))
        let start = ContinuousClock.now
        let frames = await symboliser.symbolise(
            [StackFrame(image: "", offset: try library.address("depth"))],
            imagePath: library.path,
            contentHash: "a"
        )
        #expect(frames.first?.symbol == "depth")
        #expect(ContinuousClock.now - start < .seconds(60))
    }

    @Test func saysNothingOfAnImageThatIsGone() async {
        let frame = StackFrame(image: "", offset: 5)
        let found = await Symboliser().symbolise(
            [frame],
            imagePath: "/nowhere.so",
            contentHash: "a"
        )
        #expect(found == [frame])
    }

    @Test func readsWhatToolsWrite() {
        let places = SymbolTool.parse(
            """
            0x1
            $s3Zoo5trapsyyF
            /x/Zoo.swift:18
            0x0000000000000002
            main
            /x/main.c:7 (discriminator 3)
            0x3
            ??
            ??:0
            0x4
            f
            x.c:?
            0x5
            Swift runtime failure: arithmetic overflow
            /x/Zoo.swift:0
            inlined
            /x/Zoo.swift:25
            outer
            /x/Zoo.swift:60
            """ + "\n"
        )
        #expect(
            places == [
                SymbolPlace(symbol: "Zoo.traps() -> ()", location: "/x/Zoo.swift:18"),
                SymbolPlace(symbol: "main", location: "/x/main.c:7"),
                SymbolPlace(symbol: nil, location: nil),
                SymbolPlace(symbol: "f", location: nil),
                SymbolPlace(
                    symbol: "inlined (Swift runtime failure: arithmetic overflow)",
                    location: "/x/Zoo.swift:25"
                ),
            ]
        )
    }
}
