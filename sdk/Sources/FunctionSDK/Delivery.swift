/// How what is queued for a function is delivered: asynchronous calls, and events it subscribes to.
///
///     Function("mail", .event("order.placed")) { … }
///         .delivery(Delivery(maximumAttempts: 5, onFailure: .event("mail.failed")))
public struct Delivery: Sendable, Hashable {
    /// How often one may be started; `nil` leaves it to the host, whose default is 3.
    public var maximumAttempts: Int?
    /// How long after its arrival one may still be started; `nil` stands for the host's 6 hours.
    public var maximumAge: Duration?
    /// Who hears of a success.
    public var onSuccess: Destination?
    /// Who hears of one that is given up.
    public var onFailure: Destination?

    /// Describes a delivery.
    public init(
        maximumAttempts: Int? = nil,
        maximumAge: Duration? = nil,
        onSuccess: Destination? = nil,
        onFailure: Destination? = nil
    ) {
        self.maximumAttempts = maximumAttempts
        self.maximumAge = maximumAge
        self.onSuccess = onSuccess
        self.onFailure = onFailure
    }
}

/// Where the end of an invocation is reported to, in a JSON document.
public struct Destination: Sendable, Hashable {
    let text: String

    /// A function, by its full name, gets the report as its input.
    public static func function(_ name: String) -> Self { Self(text: "function:" + name) }
    /// An event of this type has the report as its data.
    public static func event(_ type: String) -> Self { Self(text: "event:" + type) }
    /// The report is posted to a URL that the host's operator allows.
    public static func url(_ url: String) -> Self { Self(text: url) }
    /// The report becomes a line of a file in the directory that the host's operator allows.
    public static func file(_ name: String) -> Self { Self(text: "file:" + name) }
}
