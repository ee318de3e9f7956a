/// One function of a library: how it is called, and what its callers see of that.
public struct Signature: Sendable {
    /// Its name within the plugin.
    public var name: String
    /// The library's name for it.
    public var symbol: String
    /// What it is for, in a sentence.
    public var summary: String?
    /// What it takes, in C's order; those that aren't passed come anywhere.
    public var arguments: [Argument] = []
    /// How many arguments stand before the `...`.
    public var fixedCount: Int?
    /// What it gives back.
    public var result = ResultRule()
    /// Members of the manifest that are the host's business, as they stand in the file.
    public var manifestMembers: [(name: String, json: [UInt8])] = []
    /// Whether it is only there to be called back, and no function of the plugin.
    public var isHidden = false

    /// The place of an argument.
    public func index(of name: String) -> Int? { arguments.firstIndex { $0.name == name } }
}

/// Which way a value goes.
public enum Direction: String, Sendable, CaseIterable {
    case `in`, out
    case both = "inout"
}

/// One argument of a function.
public struct Argument: Sendable {
    /// Where its value comes from.
    public enum Source: Sendable, Hashable {
        /// The caller.
        case caller
        /// The file: JSON as it stands there.
        case constant([UInt8])
        /// The length of another argument.
        case length(of: Int)
        /// Nowhere: it only takes what comes out.
        case none
    }

    /// How much room there is for what comes out of a buffer.
    public enum Capacity: Sendable, Hashable {
        /// So much, in elements.
        case fixed(Int)
        /// What an argument says.
        case argument(Int)
        /// The length of an argument's value, times and plus.
        case scaled(of: Int, times: Int, plus: Int)
    }

    /// How much of a buffer counts once the function has returned.
    public enum Length: Sendable, Hashable {
        /// All of it; of texts up to the NUL.
        case all
        /// What the function gave back.
        case result
        /// What an argument holds then.
        case argument(Int)
        /// The room less what is left of it, in a member of a struct.
        case unused(argument: Int, field: Int)
    }

    /// A member of a struct that is set before the call.
    public struct FieldSetting: Sendable, Hashable {
        /// What is put there.
        public enum Value: Sendable, Hashable {
            /// Where an argument's value lies.
            case pointer(to: Int)
            /// How long it is.
            case length(of: Int)
            /// How much room it has.
            case capacity(of: Int)
        }

        /// The member.
        public var field: Int
        /// What is put there.
        public var value: Value
    }

    /// Its name.
    public var name: String
    /// What it is.
    public var type: ForeignType
    /// Which way it goes.
    public var direction = Direction.in
    /// What it is for, in a sentence.
    public var summary: String?
    /// Where its value comes from.
    public var source = Source.caller
    /// What it is when the caller leaves it out: JSON as it stands in the file.
    public var fallback: [UInt8]?
    /// Whether NULL will do.
    public var isNullable = false
    /// Whether the function gets it; others only lend their value to members of structs.
    public var isPassed = true
    /// The least value, of numbers.
    public var minimum: Double?
    /// The greatest value, of numbers.
    public var maximum: Double?
    /// The least length, of texts, bytes and arrays.
    public var minimumLength = 0
    /// The greatest length, of texts, bytes and arrays.
    public var maximumLength: Int?
    /// The buffer whose length this argument is.
    public var measures: Int?
    /// Room for what comes out.
    public var capacity: Capacity?
    /// How much of it counts.
    public var length = Length.all
    /// Whether a plain text in JSON means its characters; else it is Base64.
    public var isText = false
    /// Whether the raw request body may stand for it.
    public var isBody = false
    /// Members of a handle's or struct's memory that are set before the call.
    public var settings: [FieldSetting] = []
    /// Members of a handle's memory that are told after the call.
    public var readings: [Int] = []
    /// Whether the call begins a handle, in memory that it is given.
    public var creates = false
    /// Whether the call ends the handle.
    public var destroys = false
    /// The functions that may stand for a callback; none for every one that fits.
    public var choices: [String] = []
    /// The function that frees a text that comes out.
    public var free: String?

    /// Whether callers give a value for it.
    public var isAsked: Bool { source == .caller }

    /// Whether a pointer to it is passed.
    public var isIndirect: Bool {
        switch type {
        case .bytes, .array, .pointer: false
        case .text: direction != .in && capacity == nil
        default: direction != .in
        }
    }

    /// Whether something comes out that callers are told.
    public var isTold: Bool { direction != .in && measures == nil }
}

/// What a function gives back, and when it has failed.
public struct ResultRule: Sendable {
    /// When the call has gone well.
    public enum Success: Sendable, Hashable {
        /// Always.
        case always
        /// The result is this number.
        case equals(Int64)
        /// The result is another number.
        case differs(Int64)
        /// The result is this number or greater.
        case atLeast(Int64)
        /// The result is one of these numbers.
        case oneOf([Int64])
        /// The result isn't NULL.
        case nonNull
    }

    /// Where the words for a failure come from.
    public enum Failure: Sendable, Hashable {
        /// The number says it all.
        case plain
        /// `errno`.
        case errno
        /// A function of the library; it gets an argument's value, or the result for `nil`.
        case text(symbol: String, argument: Int?)
    }

    /// What it gives back.
    public var type = ForeignType.void
    /// What it is for, in a sentence.
    public var summary: String?
    /// When the call has gone well.
    public var success = Success.always
    /// Where the words for a failure come from.
    public var failure = Failure.plain
    /// What the caller is answered then.
    public var status = 500
    /// The function that frees what came back; `nil` where it stays the library's.
    public var free: String?
    /// How much of a buffer counts.
    public var length = Argument.Length.all
    /// Whether bytes are told as characters; else as Base64.
    public var isText = false
    /// Whether the bytes are the whole response, as they are, of this media type.
    public var contentType: String?

    /// Gives back nothing.
    public init() {}
}
