internal import Glibc
internal import Synchronization

/// The files that the host has opened for a worker's invocation: on their way to it, and in its hands.
///
/// They come by the control channel, on the cell's main thread; everything else happens on the worker's.
final class FileTable: Sendable {
    /// A file on its way.
    struct Arrival {
        var sequence: UInt64
        var call: UInt32
        var descriptor: Int32
    }

    private struct Files {
        var arrived: [Arrival] = []
        var open: Set<Int32> = []
        var isClosed = false
    }

    private let files = Mutex(Files())

    /// Takes over a file that has come; on any thread.
    func arrive(_ arrival: Arrival) {
        let isKept = files.withLock { files in
            guard !files.isClosed else { return false }
            files.arrived.append(arrival)
            return true
        }
        if !isKept { close(arrival.descriptor) }
    }

    /// The files that have come for an invocation, by the calls that asked; those of others are closed.
    func take(for sequence: UInt64) -> [UInt32: Int32] {
        let arrived = files.withLock { files in
            guard !files.arrived.isEmpty else { return [Arrival]() }
            defer { files.arrived = [] }
            for arrival in files.arrived where arrival.sequence == sequence {
                files.open.insert(arrival.descriptor)
            }
            return files.arrived
        }
        var mine: [UInt32: Int32] = [:]
        for arrival in arrived {
            if arrival.sequence == sequence {
                mine[arrival.call] = arrival.descriptor
            } else {
                close(arrival.descriptor)
            }
        }
        return mine
    }

    /// Closes a file that the plugin gives back; false when it has none of that number.
    func giveBack(_ descriptor: Int32) -> Bool {
        let isOurs = files.withLock { $0.open.remove(descriptor) != nil }
        if isOurs { close(descriptor) }
        return isOurs
    }

    /// Closes what an invocation that is over had.
    func endInvocation() { closeAll(false) }

    /// Closes everything, also what still comes: the worker is gone.
    func end() { closeAll(true) }

    private func closeAll(_ forGood: Bool) {
        // A worker that was ended within the lock would leave it taken: then they stay open.
        let all = files.withLockIfAvailable { files in
            defer {
                files.arrived = []
                files.open = []
                files.isClosed = forGood
            }
            return Array(files.open) + files.arrived.map(\.descriptor)
        }
        for descriptor in all ?? [] { close(descriptor) }
    }
}
