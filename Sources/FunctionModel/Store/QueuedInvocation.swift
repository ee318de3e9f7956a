public import NIOCore

/// An invocation that is to run later, at least once, whatever happens to the host in between.
///
/// Its id stays the same over all attempts.
public struct QueuedInvocation: Sendable, Hashable {
    /// Names it.
    public var id: InvocationID
    /// The function to run.
    public var function: FunctionName
    /// Why.
    public var trigger: TriggerKind
    /// The payload.
    public var body: ByteBuffer
    /// The payload's media type.
    public var contentType: String = ""
    /// What an HTTP event has beside its body.
    public var http: HTTPRequestHead?
    /// What an event has beside its data.
    public var event: CloudEventAttributes?
    /// Its place in a trace.
    public var trace = TraceContext()
    /// Functions on the way from the first caller to here.
    public var depth: Int = 0
    /// When, how often and in which order it runs, and who hears of its end.
    public var delivery = DeliveryOptions()
    /// How far it has come, where it is a sequence and its first step is done.
    public var progress: SequenceProgress?
    /// The key under which it is accepted only once.
    public var idempotency: IdempotencyClaim?

    /// Describes an invocation without further wishes.
    public init(
        id: InvocationID = InvocationID(),
        function: FunctionName,
        trigger: TriggerKind = .queue,
        body: ByteBuffer = ByteBuffer()
    ) {
        self.id = id
        self.function = function
        self.trigger = trigger
        self.body = body
    }
}

/// When, how often and in which order a queued invocation runs, and who hears of its end.
public struct DeliveryOptions: Sendable, Hashable {
    /// Invocations of a function that share a key run one at a time, in the order of their arrival.
    public var orderingKey: String?
    /// Higher ones of a function run first; no function goes before another by it.
    public var priority: Int = 0
    /// Not to be started before.
    public var notBefore: WallTime?
    /// Not to be started after.
    public var deadline: WallTime?
    /// How long after its arrival it may still be started.
    public var maximumAge: Duration = .seconds(6 * 3_600)
    /// How often it may be started.
    public var maximumAttempts: Int = 3
    /// A tighter wall-time limit than the function's own.
    public var timeout: Duration?
    /// Who hears of the end, whatever it is: a URL.
    public var callback: String?
    /// Who hears of a success.
    public var onSuccess: Destination?
    /// Who hears of a dead letter.
    public var onFailure: Destination?

    /// The defaults.
    public init() {}
}

/// Where the end of an invocation is reported to.
public enum Destination: Sendable, Hashable, Codable {
    /// A function is queued with the report.
    case function(FunctionName)
    /// An event of this type is emitted.
    case event(type: String)
    /// The report is posted there.
    case url(String)
    /// The report is appended, one line each.
    case file(String)
}

/// The attributes of a CloudEvent (1.0) beside its data, whose media type is the content type.
public struct CloudEventAttributes: Sendable, Hashable, Codable {
    /// Unique within the source.
    public var id: String
    /// Who emitted it: a URI reference.
    public var source: String
    /// What happened.
    public var type: String
    /// What it happened to.
    public var subject: String?
    /// When, as RFC 3339 writes it.
    public var time: String?
    /// Which schema the data follow: a URI.
    public var dataSchema: String?
    /// Further attributes, in their order.
    public var extensions: [Field] = []

    /// Describes an event.
    public init(id: String, source: String, type: String) {
        self.id = id
        self.source = source
        self.type = type
    }

    /// Whether CloudEvents allows a name for an attribute.
    public static func isName(_ name: String) -> Bool {
        (1...20).contains(name.utf8.count)
            && name.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
            }
    }

    /// The value of an attribute by the name that filters use; `nil` when it is absent.
    public subscript(name: String) -> String? {
        switch name {
        case "id": id
        case "source": source
        case "type": type
        case "subject": subject
        case "time": time
        case "dataschema": dataSchema
        default: extensions.first { $0.name == name }?.value
        }
    }
}
