import Foundation
import Testing

/// What a call takes is given back, once: asked of the address sanitizer.
struct SanitizedTests {
    @Test func nothingIsFreedTwiceOrLeftBehind() throws {
        let rounds = ProcessInfo.processInfo.environment["ROOST_TEST_ROUNDS"] ?? "20000"
        let (status, said) = try Script.run("sanitized.sh", rounds)
        #expect(status == 0, "\(said)")
        #expect(said.contains("calls, "), "\(said)")
    }
}
