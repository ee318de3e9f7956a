/// Why the store didn't do what it was asked; then nothing of it has been done, unless `unavailable`
/// says that it can't be known.
public enum StoreError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The disk is full or failing, or too much is under way: nothing has been acknowledged. Ask
    /// again later.
    case unavailable(String)
    /// The lease or grant ended, and somebody else may have it.
    case staleLease
    /// A checksum doesn't fit what is stored.
    case corrupt(String)
    /// What was handed over breaks a bound of the store's.
    case tooLarge(String)
    /// The file isn't one that this program can use.
    case unusable(String)

    /// The sentence.
    public var description: String {
        switch self {
        case .unavailable(let why): "the store can't keep anything now: \(why)"
        case .staleLease: "the lease has ended: somebody else may have taken the work over"
        case .corrupt(let what): "what is stored is damaged: \(what)"
        case .tooLarge(let what): "too large for the store: \(what)"
        case .unusable(let why): "the store can't be opened: \(why)"
        }
    }
}
