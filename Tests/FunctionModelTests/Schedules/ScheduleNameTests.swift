import FunctionModel
import Testing

struct ScheduleNameTests {
    private static func all() throws -> [(name: String, function: FunctionName)] {
        let (first, second) = (try FunctionName("a.nightly"), try FunctionName("b.nightly"))
        let other = try FunctionName("b.hourly")
        return [
            (name: "a.nightly", function: first), (name: "b.nightly", function: second),
            (name: "b.nightly.2", function: second), (name: "b.hourly", function: other),
        ]
    }

    @Test(arguments: [
        ("a.nightly", "a.nightly"), ("hourly", "b.hourly"), ("nightly.2", "b.nightly.2"),
        ("b.nightly.2", "b.nightly.2"),
    ])
    func findsWhatIsClear(name: String, full: String) throws {
        #expect(try ScheduleName.resolve(name, among: Self.all()) == full)
    }

    @Test(arguments: [
        ("nightly", "write one of a.nightly, b.nightly"), ("2", "No schedule '2'"),
        ("", "No schedule"), ("b", "No schedule 'b'"),
    ])
    func saysWhyItFindsNone(name: String, words: String) throws {
        let all = try Self.all()
        let error = #expect(throws: HostOperationError.self) {
            try ScheduleName.resolve(name, among: all)
        }
        #expect(error?.message.contains(words) == true)
    }
}
