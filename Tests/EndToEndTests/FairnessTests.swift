import Foundation
import Synchronization
import Testing

/// Who goes first where there is not enough processor for all.
@Suite("A function that burns the processor", .serialized)
struct FairnessTests {
    /// The niceness of every thread of a process.
    private func niceness(of process: Int32) throws -> [Int] {
        let tasks = "/proc/\(process)/task"
        return try FileManager.default.contentsOfDirectory(atPath: tasks).compactMap { task in
            // A thread may have ended in the meantime.
            guard let text = try? String(contentsOfFile: "\(tasks)/\(task)/stat", encoding: .utf8),
                let name = text.lastIndex(of: ")")
            else { return nil }
            let fields = text[text.index(after: name)...].split(separator: " ")
            return Int(fields[16])
        }
    }

    /// How many threads of a process are in the control group of those that let all others go first;
    /// `nil` where the kernel has no such group.
    private func behindAll(of process: Int32) throws -> Int? {
        let tasks = "/proc/\(process)/task"
        let own = try String(contentsOfFile: "/proc/\(process)/cgroup", encoding: .utf8)
        let hasGroup = own.split(separator: "\n").contains { line in
            let parts = line.split(separator: ":")
            return parts.count == 3 && parts[1].split(separator: ",").contains("cpu")
                && parts[2].contains("/roost-")
        }
        guard hasGroup else { return nil }
        return try FileManager.default.contentsOfDirectory(atPath: tasks).count { task in
            // A thread may have ended in the meantime.
            let text = try? String(contentsOfFile: "\(tasks)/\(task)/cgroup", encoding: .utf8)
            return text?.contains(".yielding") == true
        }
    }

    /// How long calls of `hello` take in the worst of a hundred, over a second.
    private func worst(_ host: RoostProcess) throws -> Duration {
        let connection = try HTTPConnection(host.functions)
        var times: [Duration] = []
        let end = ContinuousClock.now + .seconds(2)
        while ContinuousClock.now < end {
            let began = ContinuousClock.now
            let reply = try connection.request("POST", "/hello", body: #"{"name":"Ada"}"#)
            times.append(ContinuousClock.now - began)
            #expect(reply.status == 200)
            usleep(2_000)
        }
        return times.sorted()[times.count * 99 / 100]
    }

    /// The same beside as many processes that burn the processor as well.
    private func besideHogs(_ count: Int, _ measure: () throws -> Duration) throws -> Duration {
        let hogs = try (0..<count).map { _ in
            let hog = Process()
            hog.executableURL = URL(filePath: "/bin/sh")
            hog.arguments = ["-c", "while :; do :; done"]
            try hog.run()
            return hog
        }
        defer {
            // It may have come with other signals blocked.
            for hog in hogs { kill(hog.processIdentifier, SIGKILL) }
        }
        return try measure()
    }

    private func withHost(_ body: (RoostProcess) async throws -> Void) async throws {
        let place = FileManager.default.temporaryDirectory
            .appending(path: "roost-fair-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: place) } }
        let host = try await RoostProcess.start(plugins: ["Hello"])
        let file = try await GrantedPlugin.build("{}", in: place)
        try RoostProcess.drop(file: file, into: host.plugins)
        _ = try await eventually("it is served") {
            try await curl("\(host.functions)/functions/granted.do", "-d", "take 1").status == 200
                ? true : nil
        }
        try await host.awaitService("/hello")
        do { try await body(host) } catch { Issue.record(error) }
        #expect(await host.stop() == 0)
    }

    @Test(arguments: ["burn 3000", "burn 20"])
    func goesBehindTheOthersOfItsCellUntilItRests(order: String) async throws {
        try await withHost { host in
            let cell = try #require(try await host.cells(of: "granted").first)
            #expect(try await host.cells(of: "hello").first == cell, "they share a cell")
            let usual = try #require(try niceness(of: cell).min())
            let hog = Load(
                host.functions,
                path: "/functions/granted.do",
                body: order,
                connections: 4
            )
            _ = try await eventually("its workers go behind") {
                try niceness(of: cell).count { $0 == usual + 10 } >= 4 ? true : nil
            }
            let burning = try niceness(of: cell)
            #expect(burning.contains(usual), "\(burning)")
            let hasGroup = try behindAll(of: cell) != nil
            if hasGroup {
                _ = try await eventually("they go behind all others") {
                    try behindAll(of: cell) == 4 ? true : nil
                }
            }
            let within = try worst(host)
            let tally = await hog.stop()
            let alone = try worst(host)
            let outside = try besideHogs(4) { try worst(host) }
            print(
                "\(order): others' p99 \(milliseconds(within)), with the same hog outside "
                    + "\(milliseconds(outside)), alone \(milliseconds(alone)): "
                    + String(format: "%.2f of outside, ", within / outside)
                    + String(format: "%.2f of alone", within / alone)
            )
            #expect(tally.failures == 0, "\(tally)")
            // Or are replaced, where the kernel doesn't let them.
            _ = try await eventually("its workers come back") {
                let path = "/functions/granted.do"
                let calls = Load.once(host.functions, path: path, body: "burn 20", count: 4)
                #expect(try await calls.value.allSatisfy { $0.status == 200 })
                let isBack = try behindAll(of: cell) ?? 0 == 0
                return try isBack && niceness(of: cell).allSatisfy { $0 == usual } ? true : nil
            }
        }
    }
}
