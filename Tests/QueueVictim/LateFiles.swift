import Synchronization
import TriggerFiles

/// The trigger that hears of ends, once it is there.
final class LateFiles: Sendable {
    private let known = Mutex<FilesTrigger?>(nil)

    var files: FilesTrigger? { known.withLock { $0 } }

    func tell(_ files: FilesTrigger) { known.withLock { $0 = files } }
}
