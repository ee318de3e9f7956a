/// What a value is, in C and in JSON; declared types are named by their place in the file.
public indirect enum ForeignType: Sendable, Hashable {
    case void
    /// A number or truth value.
    case scalar(Scalar)
    /// A number with names.
    case enumeration(Int)
    /// A struct, by value.
    case structure(Int)
    /// `char *`, UTF-8 with a NUL at its end.
    case text
    /// A pointer to bytes.
    case bytes
    /// A pointer to elements.
    case array(ForeignType)
    /// A pointer to one value.
    case pointer(ForeignType)
    /// Elements inside a struct.
    case inlineArray(ForeignType, Int)
    /// `char [n]` inside a struct, with a NUL at its end.
    case inlineText(Int)
    /// Bytes inside a struct.
    case inlineBytes(Int)
    /// Something of the library's that callers hold by a name.
    case handle(Int)
    /// A pointer to a function.
    case callback(Int)
    /// A pointer that callers can't see: NULL, or what the signature puts there.
    case opaque

    /// Whether it is passed as a pointer.
    public var isPointer: Bool {
        switch self {
        case .text, .bytes, .array, .pointer, .handle, .callback, .opaque: true
        default: false
        }
    }

    /// One byte, as bytes and texts consist of; made once, since making a value takes memory.
    public static let byte = ForeignType.scalar(.uint8)

    /// What a pointer to elements points to.
    public var element: ForeignType? {
        switch self {
        case .array(let element): element
        case .bytes, .text: Self.byte
        default: nil
        }
    }
}

/// A type that a signature file declares.
public struct DeclaredType: Sendable {
    /// What it is.
    public enum Shape: Sendable {
        case enumeration(EnumerationType)
        case structure(StructureType)
        case handle(HandleType)
        case callback(CallbackType)
    }

    /// Its name.
    public var name: String
    /// What it is.
    public var shape: Shape
}

/// A number with names.
public struct EnumerationType: Sendable {
    /// The number.
    public var scalar: Scalar
    /// The names with their values, in the file's order.
    public var values: [(name: String, value: Int64)]
    /// Whether other numbers are allowed too.
    public var isOpen: Bool

    /// The value of a name.
    public func value(of name: String) -> Int64? { values.first { $0.name == name }?.value }

    /// The first name of a value.
    public func name(of value: Int64) -> String? { values.first { $0.value == value }?.name }
}

/// A struct.
public struct StructureType: Sendable {
    /// One member.
    public struct Field: Sendable {
        /// Its name.
        public var name: String
        /// What it holds.
        public var type: ForeignType
        /// Where it begins, in bytes.
        public var offset = 0
    }

    /// The members, in C's order.
    public var fields: [Field]
    /// The size that the file says it has.
    public var declaredSize: Int?
    /// Its size in bytes.
    public var size = 0
    /// Its alignment in bytes.
    public var alignment = 1
    /// How many scalars and pointers it consists of, arrays counted out.
    public var parts = 0

    /// The place of a member.
    public func index(of name: String) -> Int? { fields.firstIndex { $0.name == name } }
}

/// Something of the library's that callers hold by a name.
public struct HandleType: Sendable {
    /// The struct that the caller of the library provides memory for; `nil` where the library makes it.
    public var structure: Int?
    /// The bytes of that memory.
    public var size: Int?
    /// The function that ends it.
    public var destroy: String?
}

/// A pointer to a function.
public struct CallbackType: Sendable {
    /// What the library passes.
    public var parameters: [Parameter]
    /// What it wants back.
    public var result: ForeignType
    /// What `collect` gives back.
    public var collects: Int64

    /// One thing that the library passes.
    public struct Parameter: Sendable {
        /// Its name.
        public var name: String
        /// What it is.
        public var type: ForeignType
    }
}
