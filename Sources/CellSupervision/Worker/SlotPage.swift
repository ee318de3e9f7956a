internal import CellProtocol
internal import Platform

/// The page of slot words that the host shares with one worker.
struct SlotPage: Sendable {
    private let page: SharedPage

    init(_ page: SharedPage) { self.page = page }

    /// Announces an invocation; to be called before its frame is sent.
    func announce(slot: Int, sequence: UInt64) {
        page.store32(offset(slot) + SlotWord.cancelOffset, 0)
        page.store(offset(slot), SlotWord(sequence: sequence, state: .waiting).rawValue)
    }

    /// Takes an invocation back; false when the worker has taken it, or wrote nonsense: then it may
    /// have had effects.
    func recall(slot: Int, sequence: UInt64) -> Bool {
        page.exchange(
            offset(slot),
            SlotWord(sequence: sequence, state: .waiting).rawValue,
            SlotWord(sequence: sequence, state: .recalled).rawValue
        )
    }

    /// Tells a running function, without a frame, why it is to stop.
    func cancel(slot: Int, reason: UInt8) {
        page.store32(offset(slot) + SlotWord.cancelOffset, UInt32(reason))
    }

    private func offset(_ slot: Int) -> Int { slot * SlotWord.stride }
}
