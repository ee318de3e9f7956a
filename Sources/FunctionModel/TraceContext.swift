private import Synchronization

/// Where an invocation stands in a distributed trace: W3C Trace Context, level 1.
///
/// Each invocation has a span of its own: what a caller sent is continued, not passed on.
public struct TraceContext: Hashable, Sendable {
    private let traceHigh: UInt64
    private let traceLow: UInt64
    private let span: UInt64
    private let isSampled: Bool
    /// What tracing systems noted (`tracestate`), within its bounds; or empty.
    public let state: String

    /// Begins a trace.
    public init() {
        (traceHigh, traceLow) = (SpanNumbers.next(), SpanNumbers.next())
        span = SpanNumbers.next()
        isSampled = false
        state = ""
    }

    /// Reads what a caller sent; `nil` when the specification says to begin a new trace instead.
    ///
    /// - Parameters:
    ///   - traceparent: The field's value.
    ///   - states: The values of all `tracestate` fields, in their order; what breaks the rules
    ///     there is left out and spoils nothing else.
    public init?(traceparent: String, states: [String] = []) {
        let bytes = Array(traceparent.utf8)
        guard bytes.count >= 55, let version = Self.number(bytes[0..<2]), version != 0xff,
            bytes[2] == Self.dash, bytes[35] == Self.dash, bytes[52] == Self.dash,
            bytes.count == 55 || version > 0 && bytes[55] == Self.dash,
            let high = Self.number(bytes[3..<19]), let low = Self.number(bytes[19..<35]),
            let parent = Self.number(bytes[36..<52]), let flags = Self.number(bytes[53..<55]),
            high != 0 || low != 0, parent != 0
        else { return nil }
        self.init(high, low, span: parent, isSampled: flags & 1 == 1, TraceState.kept(of: states))
    }

    private init(_ high: UInt64, _ low: UInt64, span: UInt64, isSampled: Bool, _ state: String) {
        (traceHigh, traceLow) = (high, low)
        self.span = span
        self.isSampled = isSampled
        self.state = state
    }

    /// The next hop of this trace: the same trace, a new span.
    public func next() -> TraceContext {
        TraceContext(traceHigh, traceLow, span: SpanNumbers.next(), isSampled: isSampled, state)
    }

    /// `00-trace-span-flags`, as it goes on.
    public var traceparent: String {
        String(unsafeUninitializedCapacity: 55) { buffer in
            var at = 0
            func write(_ number: UInt64, digits: Int) {
                for digit in (0..<digits).reversed() {
                    let nibble = UInt8(truncatingIfNeeded: number >> UInt64(4 * digit)) & 15
                    buffer[at] = nibble < 10 ? nibble + 48 : nibble + 87
                    at += 1
                }
            }
            func writeDash() {
                buffer[at] = Self.dash
                at += 1
            }
            write(0, digits: 2)
            writeDash()
            write(traceHigh, digits: 16)
            write(traceLow, digits: 16)
            writeDash()
            write(span, digits: 16)
            writeDash()
            write(isSampled ? 1 : 0, digits: 2)
            return at
        }
    }

    private static let dash = UInt8(ascii: "-")

    /// The number that lower-case hexadecimal digits stand for.
    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | UInt64(digit - 48)
            case UInt8(ascii: "a")...UInt8(ascii: "f"): number = number << 4 | UInt64(digit - 87)
            default: return nil
            }
        }
        return number
    }
}

/// Numbers for traces and spans: different, also from those of other hosts, but no secrets, so that
/// they cost no system call.
private enum SpanNumbers {
    private static let counter = Atomic<UInt64>(.random(in: 0 ... .max))
    private static let salt = UInt64.random(in: 0 ... .max)

    /// The next number; never 0.
    static func next() -> UInt64 {
        // SplitMix64.
        var bits = counter.wrappingAdd(0x9e37_79b9_7f4a_7c15, ordering: .relaxed).newValue
        bits = (bits ^ bits >> 30) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ bits >> 27) &* 0x94d0_49bb_1331_11eb
        bits = bits ^ bits >> 31 ^ salt
        return bits == 0 ? 1 : bits
    }
}
