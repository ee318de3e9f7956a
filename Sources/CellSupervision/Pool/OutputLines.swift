/// Cuts what a cell writes to its standard output and error into lines, few enough to log.
struct OutputLines {
    /// What bounds the lines.
    struct Limits {
        /// Longer lines are cut.
        var lineBytes = 4_096
        /// Lines that may come at once.
        var burst = 200
        /// Lines a second after that.
        var perSecond = 50
    }

    private let limits: Limits
    private var line: [UInt8] = []
    private var lineIsCut = false
    private var allowance: Double
    private var last: Duration
    /// Lines that were left out since the last one that wasn't.
    private(set) var dropped = 0

    /// - Parameters:
    ///   - limits: How much is passed on.
    ///   - now: The time on any clock that the following calls use too.
    init(limits: Limits = Limits(), now: Duration) {
        self.limits = limits
        allowance = Double(limits.burst)
        last = now
    }

    /// Takes bytes in and returns the lines to log.
    mutating func append(_ bytes: some Sequence<UInt8>, now: Duration) -> [String] {
        refill(now)
        var lines: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                finishLine(&lines)
            } else if line.count < limits.lineBytes {
                line.append(byte)
            } else {
                lineIsCut = true
            }
        }
        return lines
    }

    /// Returns what stands after the last line's end.
    mutating func finish() -> [String] {
        var lines: [String] = []
        if !line.isEmpty { finishLine(&lines) }
        return lines
    }

    /// Returns and forgets how many lines were left out.
    mutating func takeDropped() -> Int {
        defer { dropped = 0 }
        return dropped
    }

    private mutating func refill(_ now: Duration) {
        let seconds = (now - last) / .seconds(1)
        last = now
        let more = max(seconds, 0) * Double(limits.perSecond)
        allowance = min(allowance + more, Double(limits.burst))
    }

    private mutating func finishLine(_ lines: inout [String]) {
        defer {
            line.removeAll(keepingCapacity: true)
            lineIsCut = false
        }
        guard allowance >= 1 else {
            dropped += 1
            return
        }
        allowance -= 1
        lines.append(String(decoding: line, as: UTF8.self) + (lineIsCut ? " […]" : ""))
    }
}
