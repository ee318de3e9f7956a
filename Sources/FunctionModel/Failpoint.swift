internal import Glibc
internal import Synchronization

/// Named places at which a test has this process killed, to see what outlasts it.
///
/// `ROOST_TEST_FAILPOINT=NAME:PASSES:PARENT` arms one: the pass with this number ends the process as
/// `kill -9` does. It is heeded only in a child of the process PARENT, which no service manager's
/// unit and no shell's profile can say in advance.
public enum Failpoint: String, CaseIterable, Sendable {
    /// Everything of a commit is written, but it isn't committed.
    case beforeCommit
    /// A commit outlasts the process, and nobody has been told.
    case afterCommit
    /// What a prompt commit got ready has begun, and the disk doesn't have it.
    case beforeSync
    /// An invocation is durable, and its caller hasn't been told.
    case acknowledging
    /// Something is about to be claimed.
    case claiming
    /// Something is claimed, and hasn't begun.
    case claimed
    /// Something is claimed and held, for its time is yet to come.
    case holding
    /// Runs have ended, and the store hasn't been told.
    case settling
    /// The store has been told, and nobody else.
    case settled
    /// A lease is about to be renewed.
    case renewing
    /// A lease is renewed, and its holder doesn't know.
    case renewed

    /// Ends the process here if that is what a test wants.
    public func pass() {
        guard let armed = Self.armed, armed.point == self, armed.isLast() else { return }
        kill(getpid(), SIGKILL)
    }

    private static let armed = getenv("ROOST_TEST_FAILPOINT")
        .flatMap { Armed(String(cString: $0), parent: getppid()) }

    private final class Armed: Sendable {
        let point: Failpoint
        private let left: Atomic<Int>

        init?(_ text: String, parent: Int32) {
            let parts = text.split(separator: ":")
            guard parts.count == 3, let point = Failpoint(rawValue: String(parts[0])),
                let passes = Int(parts[1]), passes > 0, Int32(parts[2]) == parent
            else { return nil }
            self.point = point
            left = Atomic(passes)
        }

        func isLast() -> Bool { left.subtract(1, ordering: .relaxed).newValue == 0 }
    }
}
