import Foundation
import FunctionModel
import NIOCore
import SeededRandom
import Synchronization
import Testing

@testable import TriggerHTTP

/// Requests put together from hostile parts, cut anywhere, one behind the other: each bad one is
/// answered with 4xx or 5xx or not at all, nothing behind it is ever run, and the listener goes on.
///
/// `ROOST_FUZZ_SEED` repeats a run; the seed is printed.
@Suite struct HostileBytesTests {
    /// What stands in place of a good part; any one of them spoils a request.
    static let badLines = [
        "BREW /echo HTTP/1.1", "post /echo HTTP/1.1",
        "POST /echo HTTP/1.1 ",
        "POST /echo HTTP/2.0", "POST /echo HTTP/1.10", "POST /echo", "POST\0 /echo HTTP/1.1",
        "POST /ec\0ho HTTP/1.1", "POST /echo%00 HTTP/1.1", "CONNECT /echo HTTP/1.1", "\u{1}\u{2}",
        "POST /echo\u{fc} HTTP/1.1",
    ]
    static let badFields = [
        "Content-Length: 3\r\nTransfer-Encoding: chunked", "Content-Length: 3\r\nContent-Length: 4",
        "Transfer-Encoding: chunked\r\nContent-Length: 3", "Content-Length: 3\r\nContent-Length: 3",
        "Content-Length: 18446744073709551616", "Content-Length: 99999999999999999999999999999",
        "Content-Length: -1", "Content-Length: +3", "Content-Length: 3,3", "Content-Length: 0x3",
        "Content-Length : 3", "Transfer-Encoding: xchunked", "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding : chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "X-Fold: a\r\n b", "X-Fold: a\r\n\tContent-Length: 3", " X: leading", "no colon here",
        ": no name", "X-Nul: a\0b", "X\0Y: b", "X-Return: a\rb", "X-Feed: a\nContent-Length: 0",
        "Host: second", "X-Delete: \u{7f}", "X-Big: " + String(repeating: "a", count: 70_000),
    ]
    static let badChunks = [
        "Z\r\nabc\r\n0\r\n\r\n", "-1\r\nabc\r\n0\r\n\r\n", "ffffffffffffffffff\r\nabc",
        "3\r\nabcX0\r\n\r\n", "3\nabc\n0\n\n", "0x3\r\nabc\r\n0\r\n\r\n", "\0\r\n", "\r\n\r\n",
    ]

    static let seed =
        ProcessInfo.processInfo.environment["ROOST_FUZZ_SEED"].flatMap(UInt64.init)
        ?? .random(in: 0 ... .max)

    @Test func spoilNothingButThemselves() async throws {
        print("ROOST_FUZZ_SEED=\(Self.seed)")
        var limits = ListenerLimits()
        limits.lingerTime = .milliseconds(5)
        try await TestListener.serving([try TestListener.echo()], limits: limits) { host in
            var random = SeededGenerator(seed: Self.seed)
            let before = try Self.residentBytes()
            for round in 0..<400 {
                let good = Int.random(in: 0...3, using: &random)
                let bad = Self.badRequest(&random)
                let text = (0..<good).map(Self.goodRequest).joined() + bad + Self.goodRequest(99)
                let replies = try Self.exchange(text, with: host, &random)
                let comment: Comment = "seed \(Self.seed), round \(round): \(bad.debugDescription)"
                #expect(replies.prefix(good) == Array(repeating: 200, count: good)[...], comment)
                #expect(replies.count <= good + 1, comment)
                #expect(replies.dropFirst(good).allSatisfy { $0 >= 400 }, comment)
                let ran = host.invoker.invocations.withLock { all in
                    defer { all = [] }
                    return all.map { $0.request.http?.query ?? "" }
                }
                #expect(ran == (0..<good).map { "n=\($0)" }, comment)
            }
            let client = try host.client()
            try client.send(Self.goodRequest(7))
            #expect(try client.reply()?.text == "abc")
            // A body may outlive its reply for an instant.
            let deadline = ContinuousClock.now + .seconds(10)
            while host.listener.heldBodyBytes > 0, ContinuousClock.now < deadline {
                await Task.yield()
            }
            #expect(host.listener.heldBodyBytes == 0)
            #expect(try Self.residentBytes() - before < 64 << 20)
        }
    }

    private static func goodRequest(_ number: Int) -> String {
        let head = "POST /echo?n=\(number) HTTP/1.1\r\nHost: x\r\n"
        return number % 2 == 0
            ? head + "Content-Length: 3\r\n\r\nabc"
            : head + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    }

    private static func badRequest(_ random: inout SeededGenerator) -> String {
        let line = "POST /echo?n=bad HTTP/1.1"
        switch Int.random(in: 0...2, using: &random) {
        case 0: return (badLines.randomElement(using: &random) ?? "") + "\r\nHost: x\r\n\r\n"
        case 1:
            var fields = ["Host: x", badFields.randomElement(using: &random) ?? ""]
            if Bool.random(using: &random) { fields.append("X-Other: 1") }
            fields.shuffle(using: &random)
            return line + "\r\n" + fields.joined(separator: "\r\n") + "\r\n\r\nabc"
        default:
            let body = badChunks.randomElement(using: &random) ?? ""
            return line + "\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + body
        }
    }

    /// Sends a text cut at random and gives the statuses that come back until the connection ends.
    private static func exchange(
        _ text: String,
        with host: TestListener,
        _ random: inout SeededGenerator
    ) throws -> [Int] {
        let client = try host.client()
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let most = Bool.random(using: &random) ? 8 : 4_096
            let piece = rest.prefix(Int.random(in: 1...most, using: &random))
            rest = rest.dropFirst(piece.count)
            // The listener may have closed before everything is sent.
            do { try client.send(Array(piece)) } catch is RawClient.Failure { break }
        }
        client.shutdownWriting()
        var statuses: [Int] = []
        while let reply = try client.reply() { statuses.append(reply.status) }
        // A client that has said all and waits may be asked whether it is still there.
        return statuses.filter { $0 != 100 }
    }

    private static func residentBytes() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        return 4_096 * (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0)
    }
}
