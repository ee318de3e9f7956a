/// Numbers and truth values, as C passes them.
public enum Scalar: String, Sendable, Hashable, CaseIterable {
    case bool, int8, uint8, int16, uint16, int32, uint32, int64, uint64, float, double

    /// Its size in bytes, which is its alignment too.
    public var size: Int {
        switch self {
        case .bool, .int8, .uint8: 1
        case .int16, .uint16: 2
        case .int32, .uint32, .float: 4
        case .int64, .uint64, .double: 8
        }
    }

    /// Whether it holds whole numbers.
    public var isInteger: Bool { self != .bool && self != .float && self != .double }

    /// Whether it holds whole numbers below zero.
    public var isSigned: Bool {
        self == .int8 || self == .int16 || self == .int32 || self == .int64
    }

    /// The largest magnitude below zero.
    public var lowest: UInt64 { isSigned ? 1 << UInt64(size * 8 - 1) : 0 }

    /// The largest value, of whole numbers.
    public var highest: UInt64 {
        isSigned ? 1 << UInt64(size * 8 - 1) - 1 : UInt64.max >> UInt64(64 - size * 8)
    }

    /// What a value has to be, in words.
    public var words: String {
        switch self {
        case .bool: "true or false"
        case .float, .double: "a number, \"NaN\", \"Infinity\" or \"-Infinity\""
        default: "an integer from \(isSigned ? "-" : "")\(lowest) to \(highest)"
        }
    }

    /// How C11 writes it.
    public var cName: String {
        switch self {
        case .bool: "_Bool"
        case .float, .double: rawValue
        default: "\(rawValue)_t"
        }
    }

    /// Finds a scalar by a name of its own, or by one of C's on this machine.
    public init?(name: String) {
        guard let scalar = Scalar(rawValue: name) ?? Self.names[name] else {
            return nil
        }
        self = scalar
    }

    #if arch(x86_64) || arch(i386)
    private static let plainChar = Scalar.int8
    #else
    private static let plainChar = Scalar.uint8
    #endif

    private static let names: [String: Scalar] = [
        "char": plainChar, "schar": .int8, "uchar": .uint8, "short": .int16, "ushort": .uint16,
        "int": .int32, "uint": .uint32, "long": .int64, "ulong": .uint64, "longlong": .int64,
        "ulonglong": .uint64, "size_t": .uint64, "ssize_t": .int64, "ptrdiff_t": .int64,
        "intptr_t": .int64, "uintptr_t": .uint64, "off_t": .int64, "time_t": .int64,
        "_Bool": .bool, "byte": .uint8,
    ]

    /// The other names that a scalar may be called by.
    public static var otherNames: [String] { names.keys.sorted() }
}
