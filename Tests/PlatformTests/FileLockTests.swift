import Foundation
import Testing

@testable import Platform

struct FileLockTests {
    private let path = FileManager.default.temporaryDirectory
        .appending(path: "roost-lock-\(UUID().uuidString)").path

    @Test func isHeldByOneAtATime() throws {
        defer { unlink(path) }
        let held = try FileLock(path: path)
        let error = #expect(throws: SystemCallError.self) { try FileLock(path: path) }
        #expect(error?.isLocked == true)
        withExtendedLifetime(held) {}
    }

    /// A child between its fork and its exec has what a host that was killed had open.
    @Test func isWaitedForWhileWhoHoldsItEnds() throws {
        defer { unlink(path) }
        try holdForAMoment()
        _ = try FileLock(path: path, patience: 60_000)
    }

    private func holdForAMoment() throws {
        let held = try FileLock(path: path)
        try ServiceThread.start(named: "lock") {
            usleep(50_000)
            withExtendedLifetime(held) {}
        }
    }
}
