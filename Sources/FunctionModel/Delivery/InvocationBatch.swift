internal import FoundationEssentials
public import NIOCore

/// Many invocations in one request, of which all are accepted or none.
public struct InvocationBatch: Sendable {
    /// The most invocations of one batch.
    public static let maximumCount = 1_000
    /// The largest body of a batch.
    public static let maximumBytes = ByteCount.mebibytes(6)
    /// The largest payload of one invocation.
    public static let maximumPayload = ByteCount.mebibytes(1)

    /// What is to be queued, in order.
    public var submissions: [Submission]

    /// Reads `{"invocations": [{"function": "shop.mail", "payload": …}, …]}`.
    ///
    /// - Parameters:
    ///   - body: The document.
    ///   - caller: Whose idempotency keys it has.
    ///   - anyDestination: Whether wishes may name destinations other than URLs.
    ///   - resolve: Finds a function by the name that stands there.
    /// - Throws: `BatchProblem` with the place and what is expected there.
    public init(
        json body: ByteBuffer,
        caller: String,
        anyDestination: Bool,
        resolve: (String) -> FunctionName?
    ) throws(BatchProblem) {
        guard let document = JSONSlice(document: body),
            let members = document.members(atMost: 16),
            let list = members.first(where: { $0.name == "invocations" })?.value,
            let items = list.elements(atMost: Self.maximumCount + 1)
        else {
            throw BatchProblem(
                nil,
                #"the body isn't JSON such as {"invocations": [{"function": "a.b", "payload": {}}]}"#
            )
        }
        guard (1...Self.maximumCount).contains(items.count) else {
            let count = items.isEmpty ? "none" : "more"
            throw BatchProblem(
                nil,
                "a batch has 1 to \(Self.maximumCount) invocations; this has \(count)"
            )
        }
        submissions = []
        for (index, slice) in items.enumerated() {
            let item = try Item(slice, index)
            guard let function = resolve(item.function) else {
                throw BatchProblem(
                    index,
                    "no function '\(item.function.prefix(64))' can be called by its name here",
                    isUnknownFunction: true
                )
            }
            do throws(DeliveryProblem) {
                submissions.append(try item.submission(of: function, caller, anyDestination))
            } catch {
                throw BatchProblem(index, error.description)
            }
        }
    }
}

/// Why a batch isn't taken: its first mistake.
public struct BatchProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// Which invocation is wrong, the first one being 0; `nil` for the whole document.
    public var index: Int?
    /// What is expected there.
    public var reason: String
    /// Whether it is that a function isn't there.
    public var isUnknownFunction: Bool

    init(_ index: Int?, _ reason: String, isUnknownFunction: Bool = false) {
        self.index = index
        self.reason = reason
        self.isUnknownFunction = isUnknownFunction
    }

    /// The place and the reason.
    public var description: String { (index.map { "invocations[\($0)]: " } ?? "") + reason }
}

/// One invocation of a batch, as it is written.
private struct Item {
    var function = ""
    var contentType: String?
    var body = ByteBuffer()
    var key: String?
    var wishes: [(DeliveryKey, String)] = []
    private var bodies = 0

    init(_ slice: JSONSlice, _ index: Int) throws(BatchProblem) {
        // More than there are names: the first that is too many is unknown, or stands twice.
        guard let members = slice.members(atMost: 32) else {
            throw BatchProblem(index, "it isn't an object")
        }
        var seen: Set<String> = []
        for (name, value) in members {
            guard seen.insert(name).inserted else {
                throw BatchProblem(index, "'\(name.prefix(64))' stands twice")
            }
            do throws(DeliveryProblem) { try read(name, value) } catch {
                throw BatchProblem(index, error.description)
            }
        }
        guard !function.isEmpty else { throw BatchProblem(index, "it names no function") }
        guard bodies <= 1 else {
            throw BatchProblem(index, "it has more than one of payload, text and base64")
        }
        guard body.readableBytes <= InvocationBatch.maximumPayload.bytes else {
            throw BatchProblem(
                index,
                "the payload is larger than \(InvocationBatch.maximumPayload)"
            )
        }
    }

    private mutating func read(_ name: String, _ value: JSONSlice) throws(DeliveryProblem) {
        switch name {
        case "function": function = try Self.text(name, value)
        case "contentType": contentType = try Self.text(name, value)
        case "idempotencyKey":
            let text = try Self.text(name, value)
            guard (1...IdempotencyKey.longest).contains(text.utf8.count) else {
                throw DeliveryProblem(
                    "'idempotencyKey' has 1 to \(IdempotencyKey.longest) bytes"
                )
            }
            key = text
        case "payload": take(value.raw, "application/json")
        case "text":
            take(ByteBuffer(string: try Self.text(name, value)), "text/plain; charset=utf-8")
        case "base64":
            guard let data = Data(base64Encoded: try Self.text(name, value)) else {
                throw DeliveryProblem("'base64' isn't base64")
            }
            take(ByteBuffer(bytes: data), "application/octet-stream")
        default:
            guard let wish = DeliveryKey(rawValue: name) else {
                throw DeliveryProblem("'\(name.prefix(64))' is unknown")
            }
            // A wish is a text, or a whole number.
            if let number = value.integer {
                wishes.append((wish, String(number)))
            } else {
                wishes.append((wish, try Self.text(name, value)))
            }
        }
    }

    private static func text(
        _ name: String,
        _ value: JSONSlice
    ) throws(DeliveryProblem) -> String {
        guard let text = value.text else { throw DeliveryProblem("'\(name)' isn't a text") }
        return text
    }

    private mutating func take(_ body: ByteBuffer, _ contentType: String) {
        bodies += 1
        self.body = body
        self.contentType = self.contentType ?? contentType
    }

    func submission(
        of function: FunctionName,
        _ caller: String,
        _ anyDestination: Bool
    ) throws(DeliveryProblem) -> Submission {
        var read = DeliveryWishes()
        for (wish, text) in wishes { try wish.read(text, into: &read) }
        try read.check()
        if !anyDestination { try read.checkOutside() }
        var invocation = QueuedInvocation(function: function, body: body)
        invocation.contentType = contentType ?? ""
        return Submission(invocation, wishes: read, key: key, caller: caller)
    }
}

extension DeliveryWishes {
    /// Refuses what callers from outside may not wish: functions, events and files of the host's.
    ///
    /// - Throws: `DeliveryProblem`.
    public func checkOutside() throws(DeliveryProblem) {
        for destination in [onSuccess, onFailure].compactMap({ $0 }) {
            guard case .url = destination else {
                throw DeliveryProblem(
                    "'\(destination)' can't be chosen by callers: only URLs can; the function or "
                        + "its operator may name others"
                )
            }
        }
    }
}
