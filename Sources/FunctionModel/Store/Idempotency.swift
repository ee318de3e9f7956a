public import NIOCore

/// A key under which something is done once, within the scope of whoever chose it.
public struct IdempotencyKey: Sendable, Hashable {
    /// The function that it is about.
    public var function: FunctionName
    /// Who chose the key: two callers may choose the same.
    public var caller: String
    /// The key.
    public var key: String

    /// The longest key, in bytes.
    public static let longest = 255

    /// Describes a key.
    public init(function: FunctionName, caller: String, key: String) {
        self.function = function
        self.caller = caller
        self.key = key
    }
}

/// The wish to do something once.
public struct IdempotencyClaim: Sendable, Hashable {
    /// The key.
    public var key: IdempotencyKey
    /// Stands for the payload: the same key with another one is a mistake of the caller's.
    public var fingerprint: String
    /// When the key is forgotten.
    public var expires: WallTime

    /// Describes a wish.
    public init(key: IdempotencyKey, fingerprint: String, expires: WallTime) {
        self.key = key
        self.fingerprint = fingerprint
        self.expires = expires
    }
}

extension IdempotencyClaim {
    /// Stands for a payload with its media type: no two that anybody can find have the same (SHA-256).
    public static func fingerprint(of payload: ByteBuffer, _ contentType: String) -> String {
        var hash = SHA256()
        hash.add(contentType.utf8)
        // No media type holds it, so that the two don't run together.
        hash.add([0])
        hash.add(payload.readableBytesView)
        return hash.finish()
    }
}

extension DeliveryOptions {
    /// How long the key of what is accepted now has to be known: no shorter than it may live.
    public func keyLifetime(atLeast lifetime: Duration) -> Duration {
        max(lifetime, maximumAge + (timeout ?? DeliveryBounds.longestRun))
    }
}

extension HTTPRequestHead {
    /// What of a request beside its body has to be the same under one key.
    public var keyedPart: String { "\(method) \(path)?\(query)" }
}

/// What a key meets.
public enum IdempotencyVerdict: Sendable {
    /// It is new: go on, then `finish` or `forget` it.
    case first
    /// This invocation was begun under it and hasn't ended.
    case running(InvocationID)
    /// This invocation ended under it, with this result; `nil` when that isn't kept any more.
    case ended(InvocationID, InvocationResult?)
    /// It was used with another payload, for this invocation.
    case mismatch(InvocationID)
}
