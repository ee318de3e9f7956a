/// The contract's numbers in the width that its functions use.
enum Code {
    static let done = Int32(ROOST_DONE)
    static let pending = Int32(ROOST_PENDING)
    static let wouldBlock = Int32(ROOST_WOULD_BLOCK)
    static let gone = Int32(ROOST_GONE)
    static let invalid = Int32(ROOST_INVALID)
}

/// What can be waited for.
struct Wake: OptionSet {
    let rawValue: UInt32

    static let readable = Wake(rawValue: UInt32(ROOST_WHEN_READABLE))
    static let writable = Wake(rawValue: UInt32(ROOST_WHEN_WRITABLE))
    static let cancelled = Wake(rawValue: UInt32(ROOST_WHEN_CANCELLED))
}
