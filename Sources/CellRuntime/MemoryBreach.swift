internal import CCell
internal import CellProtocol

/// A request for memory that was refused because of the limit.
///
/// Swift traps on it and C code may crash anywhere after, so it explains whatever crash follows in the
/// same run.
struct MemoryBreach {
    var limit: UInt64
    var peak: UInt64
    var asked: UInt64

    /// What was refused in a worker's last run; `nil` when nothing was.
    init?(_ thread: UnsafeMutablePointer<cell_thread>) {
        let refusal = cell_memory_refusal(thread)
        guard refusal.count > 0 else { return nil }
        limit = refusal.limit
        asked = refusal.asked
        peak = cell_memory_page_peak(thread)
    }

    /// The sentence for callers.
    var message: String {
        "it met its memory limit of \(ByteAmount(limit)): it held \(ByteAmount(peak)) at most"
            + " and asked for \(ByteAmount(asked)) more"
    }

    /// Makes the end of a crash one of the limit.
    func explain(_ head: inout EndHead) {
        head.code = .memoryExceeded
        head.errorKind = "memoryLimit"
        head.errorMessage = message
    }
}

/// A number of bytes as people read it.
struct ByteAmount: CustomStringConvertible {
    private let bytes: UInt64

    init(_ bytes: UInt64) { self.bytes = bytes }

    var description: String {
        let units = ["bytes", "KiB", "MiB", "GiB"]
        var value = bytes
        var rest: UInt64 = 0
        var unit = 0
        while value >= 1_024, unit < units.count - 1 {
            rest = value & 1_023
            value >>= 10
            unit += 1
        }
        let tenths = rest * 10 / 1_024
        return tenths == 0 ? "\(value) \(units[unit])" : "\(value).\(tenths) \(units[unit])"
    }
}
