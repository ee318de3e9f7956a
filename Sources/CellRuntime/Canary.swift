internal import CCell
internal import CellProtocol

/// Finds a lock of allocator, loader or runtime that a plugin has left taken.
///
/// Its threads are C and allocate nothing where they judge: what they look for is a heap that can't be
/// used any more.
enum Canary {
    /// Starts it on a cell's control channel.
    ///
    /// A cell that has no thread to spare goes without: the host still sees that it does not answer.
    static func start(on control: ControlPort) {
        let message = CellMessage.tainted(reason: "a lock that all its plugins share is stuck")
        let bytes = message.encoded()
        _ = cell_canary_start(control.descriptor, bytes, bytes.count) { Canary.look() }
    }

    /// A search for a conformance goes through all images, those of ended workers too, whenever one was
    /// loaded since the last: a millisecond and more, which is for one turn in so many.
    private static let turnsForEachSearch = 16

    /// Allocates, casts, and now and then looks conformances up.
    private static func look() {
        let values: [Any] = [turns, "\(turns)", [turns]]
        turns &+= values.count { $0 is Int }
        guard turns % turnsForEachSearch == 0 else { return }
        found = values.count { $0 is any CustomStringConvertible }
    }

    // Used by the canary's own thread only.
    nonisolated(unsafe) private static var turns = 0
    nonisolated(unsafe) private static var found = 0
}
