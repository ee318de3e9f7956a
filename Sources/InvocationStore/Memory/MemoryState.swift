internal import FunctionModel

/// Everything that a memory store holds.
struct MemoryState: Sendable {
    var shelf = MemoryShelf()
    var results: [InvocationID: KeptResult] = [:]
    var records: [RecordID: InvocationRecord] = [:]
    var recordOrder: [RecordID: Int] = [:]
    var keys: [IdempotencyKey: KeptClaim] = [:]
    var values: [StateScope: [String: StateEntry]] = [:]
    var locks: [LockID: LockGrant] = [:]
    var schedules = MemorySchedules()
    var files = MemoryFiles()
    var fairShare = FairShare()
    /// Says what follows when the store gives something up by itself.
    var givenUp: GivenUp = { _ in [] }
    private var version: Int64 = 0
    private var recordSequence = 0

    struct KeptResult: Sendable {
        var result: InvocationResult
        var ended: WallTime
    }

    struct KeptClaim: Sendable {
        enum Stage: Sendable {
            case begun
            case finished
            case queued
        }

        var id: InvocationID
        var fingerprint: String
        var expires: WallTime
        var stage: Stage
    }

    struct RecordID: Hashable, Sendable {
        var id: InvocationID
        var attempt: Int
    }

    struct LockID: Hashable, Sendable {
        var scope: StateScope
        var name: String
    }

    /// A number that is higher than every one before.
    mutating func nextVersion() -> Int64 {
        version += 1
        return version
    }

    mutating func keep(_ result: InvocationResult, of id: InvocationID, now: WallTime) {
        var kept = result
        kept.usage = Usage()
        results[id] = KeptResult(result: kept, ended: now)
    }

    mutating func archive(_ record: InvocationRecord) {
        let id = RecordID(id: record.id, attempt: record.attempt)
        recordSequence += 1
        records[id] = record
        recordOrder[id] = recordSequence
    }

    /// What is kept of a key that hasn't expired.
    func claim(_ key: IdempotencyKey, now: WallTime) -> KeptClaim? {
        keys[key].flatMap { $0.expires > now ? $0 : nil }
    }

    mutating func keep(
        _ claim: IdempotencyClaim,
        for id: InvocationID,
        _ stage: KeptClaim.Stage
    ) {
        keys[claim.key] = KeptClaim(
            id: id,
            fingerprint: claim.fingerprint,
            expires: claim.expires,
            stage: stage
        )
    }
}
