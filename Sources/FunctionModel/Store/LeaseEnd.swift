/// What the store is told of a lease when the run under it is over.
public struct LeaseEnd: Sendable {
    /// What becomes of the invocation.
    ///
    /// Thousands wait together where many ticks are due at one instant, so each takes one word there.
    public indirect enum Kind: Sendable {
        /// It has ended for good.
        case settle(Settlement)
        /// It is to be tried again.
        case release(Release)
    }

    /// The right under which it ran.
    public var lease: Lease
    /// What becomes of it.
    public var kind: Kind

    /// Describes an end.
    public init(_ lease: Lease, _ kind: Kind) {
        self.lease = lease
        self.kind = kind
    }
}

extension InvocationQueue {
    /// Settles or gives back each by itself.
    public func conclude(_ ends: [LeaseEnd]) async throws(StoreError) -> [StoreError?] {
        var verdicts: [StoreError?] = []
        for end in ends {
            do {
                switch end.kind {
                case .settle(let settlement): try await settle(end.lease, settlement)
                case .release(let release): try await self.release(end.lease, release)
                }
                verdicts.append(nil)
            } catch { verdicts.append(error) }
        }
        return verdicts
    }
}
