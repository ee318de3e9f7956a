import Testing

@testable import CellSupervision

@Suite struct OutputLinesTests {
    private var limits: OutputLines.Limits {
        OutputLines.Limits(lineBytes: 8, burst: 3, perSecond: 2)
    }

    @Test func joinsWhatComesInPiecesAndCutsLongLines() {
        var lines = OutputLines(limits: limits, now: .zero)
        #expect(lines.append("ab".utf8, now: .zero) == [])
        #expect(lines.append("c\n123456789\nrest".utf8, now: .zero) == ["abc", "12345678 […]"])
        #expect(lines.finish() == ["rest"])
        #expect(lines.finish() == [])
    }

    @Test func leavesOutWhatComesTooFastAndSaysHowMuch() {
        var lines = OutputLines(limits: limits, now: .zero)
        #expect(lines.append("1\n2\n3\n4\n5\n".utf8, now: .zero) == ["1", "2", "3"])
        #expect(lines.takeDropped() == 2)
        #expect(lines.takeDropped() == 0)
        #expect(lines.append("6\n7\n8\n".utf8, now: .seconds(1)) == ["6", "7"])
        #expect(lines.dropped == 1)
    }

    @Test func keepsNoMoreThanALineHowMuchEverComes() {
        var lines = OutputLines(limits: limits, now: .zero)
        for _ in 0..<1_000 { _ = lines.append([UInt8](repeating: 120, count: 1_000), now: .zero) }
        #expect(lines.finish() == ["xxxxxxxx […]"])
    }

    @Test func repairsWhatIsNotText() {
        var lines = OutputLines(limits: limits, now: .zero)
        #expect(lines.append([0xFF, 0x41, 10], now: .zero) == ["\u{FFFD}A"])
    }
}
