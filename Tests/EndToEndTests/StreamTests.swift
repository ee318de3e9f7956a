import Foundation
import Testing

@Suite("A stream", .serialized)
struct StreamTests {
    @Test func comesOutAsItIsWritten() async throws {
        let host = try await RoostProcess.start(plugins: ["Events"])
        let url = host.functions
        let reply = try await eventually("events are served") {
            let reply = try await curl("\(url)/events?every=20&count=3", "-N")
            return reply.status == 200 ? reply : nil
        }
        #expect(reply.headers["content-type"]?.hasPrefix("text/event-stream") == true)
        #expect(reply.body.components(separatedBy: "data:").count >= 4, "\(reply.body)")
        #expect(await host.stop() == 0)
    }

    @Test func endsWellWithItsHead() async throws {
        let host = try await RoostProcess.start(plugins: ["Events"])
        _ = try await eventually("events are served") {
            try await curl("\(host.functions)/events?count=1").status == 200 ? true : nil
        }
        for _ in 0..<3 {
            #expect(try await curl("\(host.functions)/events", "-I").status == 200)
        }
        let records = try await eventually("all have ended") {
            let records = try await host.records(of: "events.events")
            return records.count == 4 && records.allSatisfy { $0.outcome != nil } ? records : nil
        }
        #expect(records.allSatisfy { $0.outcome == "succeeded" }, "\(records)")
        #expect(await host.stop() == 0)
    }

    @Test func goesInWithoutBeingHeld() async throws {
        let host = try await RoostProcess.start(plugins: ["WordCount"])
        let url = host.functions
        _ = try await eventually("wordcount is served") {
            try await curl("\(url)/wordcount", "--data-binary", "a b").status == 200 ? true : nil
        }
        let before = try residentBytes(of: host.processIdentifier)
        // 64 MiB of text through curl, straight from a pipe.
        let result = try await run(
            "/bin/bash",
            [
                "-c",
                "yes 'one two three four' | head -c 67108864 | "
                    + "curl -sS -T - -X POST \(url)/wordcount",
            ]
        )
        #expect(result.output.contains("67108864"), "\(result)")
        let after = try residentBytes(of: host.processIdentifier)
        #expect(after - before < 32 << 20, "the host grew by \((after - before) >> 20) MiB")
        #expect(await host.stop() == 0)
    }

    private func residentBytes(of pid: Int32) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(pid)/statm", encoding: .utf8)
        return text.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 4_096 }
            ?? 0
    }
}
