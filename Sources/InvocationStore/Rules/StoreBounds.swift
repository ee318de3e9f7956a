internal import FunctionModel
internal import NIOCore

/// What one value may have at most, whichever store keeps it.
enum StoreBounds {
    static let body = ByteCount.mebibytes(16)
    static let text = ByteCount.kibibytes(8)
    static let stateKey = ByteCount(bytes: 1_024)
    static let stateValue = ByteCount.mebibytes(1)
    /// How long before its start a tick may be set up.
    static let ahead = Duration.seconds(1)
    /// The most elements of one page.
    static let page = 1_000

    /// Refuses an invocation with a part that is too large.
    static func check(_ invocation: QueuedInvocation) throws(StoreError) {
        let options = invocation.delivery
        try check(invocation.body.readableBytes, body, "the payload")
        try check(invocation.contentType.utf8.count, text, "the content type")
        try check(options.orderingKey?.utf8.count ?? 0, stateKey, "the ordering key")
        try check(options.callback?.utf8.count ?? 0, text, "the callback's URL")
        if let key = invocation.idempotency?.key { try check(key) }
    }

    /// Refuses a schedule with a part that is too large.
    static func check(_ change: ScheduleChange) throws(StoreError) {
        try check(change.entry.name.utf8.count, stateKey, "the schedule's name")
        try check(change.entry.declaration.utf8.count, text, "the schedule")
    }

    static func check(_ key: IdempotencyKey) throws(StoreError) {
        try check(key.key.utf8.count, stateKey, "the idempotency key")
        try check(key.caller.utf8.count, stateKey, "the caller's name")
    }

    static func check(stateKey key: String, value: Int = 0) throws(StoreError) {
        try check(key.utf8.count, stateKey, "the key")
        try check(value, stateValue, "the value")
    }

    /// Refuses a value with which a scope would have too much.
    static func check(bytes: Int, entries: Int, _ bounds: StateBounds) throws(StoreError) {
        guard bytes <= bounds.bytes.bytes else {
            throw .tooLarge("all values together have \(bounds.bytes) at most")
        }
        guard entries <= bounds.entries else {
            throw .tooLarge("there are \(bounds.entries) values at most")
        }
    }

    static func check(_ result: InvocationResult) throws(StoreError) {
        try check(result.body.readableBytes, body, "the result")
    }

    static func page(_ limit: Int) -> Int { min(max(limit, 1), page) }

    private static func check(_ size: Int, _ bound: ByteCount, _ what: String) throws(StoreError) {
        guard size <= bound.bytes else {
            throw .tooLarge("\(what) has \(size) bytes; \(bound) is the most")
        }
    }
}

extension StateEntry {
    /// What it counts for against the bounds of its scope.
    var size: Int { key.utf8.count + value.readableBytes }
}
