import FakeHost
import Foundation
import FunctionModel
import Testing

@testable import RoostCLI

/// What a plugin writes can neither steer a terminal nor make a line of the log.
@Suite struct LogLineTests {
    static let hostile: [[UInt8]] = [
        Array("\u{1b}[2J\u{1b}]0;owned\u{7}".utf8), Array("a\n12:00:00 error host: forged".utf8),
        [0xff, 0x1b, 0xc3, 0x28], [0x9b, 0x33, 0x31, 0x6d], Array("a\rb\0c\u{2028}\"\\".utf8),
        Array(UInt8.min...UInt8.max),
    ]

    private func event(_ bytes: [UInt8]) -> LogEvent {
        let text = String(decoding: bytes, as: UTF8.self)
        return LogEvent(
            time: 1,
            level: "stdout",
            source: "function",
            message: text,
            metadata: [text: text]
        )
    }

    @Test(arguments: hostile) func isHarmlessOnATerminal(bytes: [UInt8]) {
        for shown in [event(bytes).text, LogsCommand.render(event(bytes))] {
            let controls = shown.unicodeScalars.filter {
                $0.properties.generalCategory == .control && $0 != "\n" && $0 != "\t"
            }
            #expect(controls.isEmpty, "\(shown.debugDescription)")
            let further = shown.split(separator: "\n").dropFirst()
            #expect(further.allSatisfy { $0.hasPrefix("    | ") }, "\(shown.debugDescription)")
        }
    }

    @Test(arguments: hostile) func isOneLineOfJSONThatSaysTheSame(bytes: [UInt8]) throws {
        let event = event(bytes)
        let json = event.json
        #expect(!json.utf8.contains { $0 < 0x20 })
        #expect(try JSONDecoder().decode(LogEvent.self, from: Data(json.utf8)) == event)
    }

    @Test func isShownSoInARecordToo() {
        var record = InvocationRecord(
            id: InvocationID(),
            function: Samples.name("hello"),
            trigger: .http,
            attempt: 1,
            version: "",
            received: 1
        )
        record.log = [LogLine(time: 1, level: "stdout", message: "\u{1b}[2J")]
        record.error = InvocationError(kind: "\u{1b}", message: "\u{7}")
        #expect(
            !InvocationsCommand.show(InvocationView(record)).contains { "\u{1b}\u{7}".contains($0) }
        )
    }
}
