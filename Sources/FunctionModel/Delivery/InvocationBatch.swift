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
    ///   - anyDestination: Whether wishes may name destinations other than URLs.
    ///   - resolve: Finds a function by the name that stands there.
    /// - Throws: `BatchProblem` with the place and what is expected there.
    public init(
        json body: ByteBuffer,
        anyDestination: Bool,
        resolve: (String) -> FunctionName?
    ) throws(BatchProblem) {
        let document: Document
        do {
            document = try JSONDecoder().decode(
                Document.self,
                from: Data(body.readableBytesView)
            )
        } catch let problem as BatchProblem {
            throw problem
        } catch {
            throw BatchProblem(
                nil,
                #"the body isn't JSON such as {"invocations": [{"function": "a.b", "payload": {}}]}"#
            )
        }
        let items = document.invocations
        guard (1...Self.maximumCount).contains(items.count) else {
            throw BatchProblem(
                nil,
                "a batch has 1 to \(Self.maximumCount) invocations; this has \(items.count)"
            )
        }
        submissions = []
        for (index, item) in items.enumerated() {
            guard let function = resolve(item.function) else {
                throw BatchProblem(
                    index,
                    "no function '\(item.function.prefix(64))' can be called by its name here",
                    isUnknownFunction: true
                )
            }
            do throws(DeliveryProblem) {
                submissions.append(try item.submission(of: function, anyDestination))
            } catch {
                throw BatchProblem(index, error.description)
            }
        }
    }

    private struct Document: Decodable { var invocations: [Item] }
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
private struct Item: Decodable {
    var function = ""
    var contentType: String?
    var body = ByteBuffer()
    var key: String?
    var wishes: [(DeliveryKey, String)] = []
    private var bodies = 0

    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let index = decoder.codingPath.last?.intValue
        let values = try decoder.container(keyedBy: Name.self)
        for name in values.allKeys { try read(name, values, index) }
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

    private mutating func read(
        _ name: Name,
        _ values: KeyedDecodingContainer<Name>,
        _ index: Int?
    ) throws {
        switch name.stringValue {
        case "function": function = try values.decode(String.self, forKey: name)
        case "contentType": contentType = try values.decode(String.self, forKey: name)
        case "idempotencyKey": key = try values.decode(String.self, forKey: name)
        case "payload":
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.withoutEscapingSlashes]
            let value = try values.decode(JSONValue.self, forKey: name)
            take(ByteBuffer(bytes: try encoder.encode(value)), "application/json")
        case "text":
            let text = try values.decode(String.self, forKey: name)
            take(ByteBuffer(string: text), "text/plain; charset=utf-8")
        case "base64":
            guard let data = Data(base64Encoded: try values.decode(String.self, forKey: name))
            else { throw BatchProblem(index, "'base64' isn't base64") }
            take(ByteBuffer(bytes: data), "application/octet-stream")
        default:
            guard let wish = DeliveryKey(rawValue: name.stringValue) else {
                throw BatchProblem(index, "'\(name.stringValue.prefix(64))' is unknown")
            }
            wishes.append((wish, try Self.word(values, name)))
        }
    }

    private mutating func take(_ body: ByteBuffer, _ contentType: String) {
        bodies += 1
        self.body = body
        self.contentType = self.contentType ?? contentType
    }

    /// A wish is a text, or a whole number.
    private static func word(_ values: KeyedDecodingContainer<Name>, _ name: Name) throws -> String
    {
        do { return try values.decode(String.self, forKey: name) } catch {
            return String(try values.decode(Int.self, forKey: name))
        }
    }

    func submission(
        of function: FunctionName,
        _ anyDestination: Bool
    ) throws(DeliveryProblem) -> Submission {
        var read = DeliveryWishes()
        for (wish, text) in wishes { try wish.read(text, into: &read) }
        try read.check()
        if !anyDestination { try read.checkOutside() }
        var invocation = QueuedInvocation(function: function, body: body)
        invocation.contentType = contentType ?? ""
        return Submission(invocation, wishes: read, key: key)
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
