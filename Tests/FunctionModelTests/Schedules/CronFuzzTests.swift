import SeededRandom
import Testing

@testable import FunctionModel

/// Random texts and files: each is read or refused, and none brings the process down.
struct CronFuzzTests {
    /// Pieces that lie near what can be read.
    private static let pieces = [
        "*", "?", "L", "W", "#", "/", "-", ",", " ", "0", "7", "5L", "15W", "LW", "L-3", "5#3",
        "59",
        "60", "999999999", "jan", "SUN", "mon-fri", "*/5", "22-2", "@", "@every", "@reboot", "1h",
        "90s", "rate(", "cron(", "at(", ")", "minutes", "2026-02-29T00:00:00", "é", "\u{0}", "\t",
        "2199", "(", "d", "-1", "+",
    ]

    @Test func noTextBringsTheReaderDown() {
        var random = SeededGenerator(seed: 5)
        var read = 0
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...14, using: &random)
            let separator = Bool.random(using: &random) ? " " : ""
            let text = (0..<count).map { _ in
                Self.pieces.randomElement(using: &random) ?? ""
            }.joined(separator: separator)
            do {
                let timetable = Timetable(try CronExpression(text), zone: TimetableTests.berlin)
                read += 1
                let next = timetable.next(after: 1_800_000_000)
                #expect(next.map { $0.seconds > 1_800_000_000 } ?? true)
                let day = timetable.count(after: 1_800_000_000, through: 1_800_086_400)
                #expect((0...86_400).contains(day))
            } catch {
                #expect(error.column <= text.count)
            }
        }
        #expect(read > 20)
    }

    @Test func noFileBringsTheZoneDown() throws {
        var random = SeededGenerator(seed: 6)
        let whole = Self.file
        _ = try ZoneRules(name: "X", file: whole)
        for round in 0..<5_000 {
            var bytes = whole
            for _ in 0...round % 4 {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(
                    in: 0...255,
                    using: &random
                )
            }
            if round % 5 == 0 { bytes = Array(bytes.prefix(.random(in: 0..<bytes.count))) }
            do {
                let zone = try ZoneRules(name: "X", file: bytes)
                let timetable = Timetable(try CronExpression("30 2 * * *"), zone: zone)
                #expect(timetable.next(after: 0).map { $0.seconds > 0 } ?? true)
            } catch is ZoneProblem {}
        }
    }

    @Test func aZoneThatCountsLeapSecondsIsRefused() throws {
        var bytes = Self.file
        let header = try #require(
            bytes.indices.last { bytes[$0...].starts(with: "TZif".utf8) }
        )
        bytes[header + 31] = 1
        let footer = try #require(bytes.dropLast().lastIndex(of: 10))
        // When the second comes, and how many there are by then.
        bytes.insert(contentsOf: [0, 0, 0, 0, 4, 0x9b, 0x19, 0x80, 0, 0, 0, 1], at: footer)
        let error = #expect(throws: ZoneProblem.self) { try ZoneRules(name: "X", file: bytes) }
        #expect(error?.description.contains("leap seconds") == true)
    }

    /// A small file as IANA's compiler writes them: two changes and a rule.
    static var file: [UInt8] {
        func number(_ value: Int64, _ size: Int) -> [UInt8] {
            (0..<size).map { UInt8(truncatingIfNeeded: value >> Int64(8 * (size - 1 - $0))) }
        }
        func block(_ times: [Int64], _ size: Int) -> [UInt8] {
            let counts: [Int64] = [0, 0, 0, Int64(times.count), 2, 9]
            var bytes = Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
            for count in counts { bytes += number(count, 4) }
            for time in times { bytes += number(time, size) }
            bytes += times.indices.map { UInt8($0 % 2 == 0 ? 1 : 0) }
            bytes += number(3_600, 4) + [0, 0] + number(7_200, 4) + [1, 4]
            return bytes + Array("CET\0CEST\0".utf8)
        }
        return block([], 4) + block([1_774_746_000, 1_792_890_000], 8)
            + Array("\nCET-1CEST,M3.5.0,M10.5.0/3\n".utf8)
    }
}
