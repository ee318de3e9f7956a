import Foundation
import FunctionModel
import Testing

@testable import PluginCatalog

/// A Swift library that really traps, in a process of its own that tells where.
@Suite(.timeLimit(.minutes(3)))
struct CrashSymbolTests {
    private static let plugin = """
        @inline(never)
        func risky(_ numbers: [Int]) -> Int {
            let last = numbers.count
            return numbers[last]
        }

        @c(crash_now) public func crashNow() -> Int32 {
            Int32(risky([1, 2, 3]))
        }
        """

    /// Calls the library and prints the frames of the trap as offsets into its file.
    private static let host = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <link.h>
        #include <signal.h>
        #include <stdint.h>
        #include <stdio.h>
        #include <execinfo.h>
        #include <ucontext.h>
        #include <unistd.h>
        static uintptr_t base;
        static const char *path;
        static void trapped(int number, siginfo_t *info, void *context) {
            void *frames[32];
            int count = backtrace(frames, 32);
            for (int i = 0; i < count; i++) {
                Dl_info found;
                if (dladdr(frames[i], &found) && (uintptr_t)found.dli_fbase == base)
                    printf("%lx\\n", (unsigned long)((uintptr_t)frames[i] - base));
            }
            fflush(stdout);
            _exit(0);
        }
        int main(int count, char **words) {
            void *warm[1];
            backtrace(warm, 1);
            void *library = dlopen(words[1], RTLD_NOW);
            if (!library) { fprintf(stderr, "%s\\n", dlerror()); return 1; }
            struct link_map *map;
            dlinfo(library, RTLD_DI_LINKMAP, &map);
            base = map->l_addr;
            struct sigaction action = {.sa_sigaction = trapped, .sa_flags = SA_SIGINFO};
            sigaction(SIGILL, &action, 0);
            sigaction(SIGTRAP, &action, 0);
            int (*crash)(void) = (int (*)(void))dlsym(library, "crash_now");
            return crash ? crash() : 2;
        }
        """

    @Test func namesTheLineOfASwiftTrap() async throws {
        let directory = try TemporaryDirectory()
        let source = directory.file("Risky.swift")
        let library = directory.file("libRisky.so")
        let program = directory.file("host")
        try Self.plugin.write(toFile: source, atomically: true, encoding: .utf8)
        try Self.host.write(
            toFile: directory.file("host.c"),
            atomically: true,
            encoding: .utf8
        )
        try PluginFactory.run("swiftc", ["-g", "-Onone", "-emit-library", "-o", library, source])
        try PluginFactory.run("cc", ["-w", "-o", program, directory.file("host.c"), "-ldl"])
        let frames = try offsets(program, library).map { StackFrame(image: "", offset: $0) }
        try #require(frames.count >= 2)
        let named = await Symboliser(timeout: .seconds(60)).symbolise(
            frames,
            imagePath: library,
            contentHash: "risky"
        )
        let risky = try #require(named.first { $0.symbol?.contains("risky") == true }, "\(named)")
        #expect(risky.symbol == "Risky.risky(Swift.Array<Swift.Int>) -> Swift.Int")
        #expect(risky.location?.hasSuffix("Risky.swift:4") == true, "\(risky)")
        let caller = named.first { $0.symbol?.lowercased().contains("crash") == true }
        #expect(caller?.location?.hasSuffix("Risky.swift:8") == true, "\(named)")
    }

    private func offsets(_ program: String, _ library: String) throws -> [UInt64] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = [library]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: output, as: UTF8.self).split(separator: "\n").compactMap {
            UInt64($0, radix: 16)
        }
    }
}
