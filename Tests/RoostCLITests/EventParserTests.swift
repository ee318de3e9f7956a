import Foundation
import NIOCore
import Testing

@testable import RoostCLI

struct EventParserTests {
    private static let stream =
        ": hello\n\nevent: log\ndata: one\n\ndata:two\r\ndata: lines\r\n\r\n\n"

    @Test(arguments: 1...20) func cutsEventsHoweverTheyArrive(size: Int) throws {
        var parser = EventParser()
        var events: [String] = []
        var rest = ByteBuffer(string: Self.stream)
        while let piece = rest.readSlice(length: min(size, rest.readableBytes)),
            piece.readableBytes > 0
        {
            events += try parser.take(piece).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(events == ["one", "two\nlines"])
    }

    @Test func boundsAnEvent() {
        var parser = EventParser()
        let endless = ByteBuffer(repeating: UInt8(ascii: "x"), count: EventParser.longestEvent + 1)
        #expect(throws: CommandFailure.self) { try parser.take(endless) }
    }
}
