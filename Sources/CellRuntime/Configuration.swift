internal import CFunctionABI
internal import CellProtocol

/// The operator's values, in memory that lives as long as the worker, because the plugin is lent it.
struct Configuration {
    private struct Key: Hashable {
        var function: Int
        var name: String
    }

    private var values: [Key: UnsafeBufferPointer<UInt8>] = [:]

    init() {}

    init(_ frame: ConfigureFrame) {
        for entry in frame.entries {
            let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: entry.value.utf8.count)
            _ = copy.initialize(from: entry.value.utf8)
            let key = Key(function: entry.function, name: entry.key)
            values.updateValue(UnsafeBufferPointer(copy), forKey: key)?.deallocate()
        }
    }

    /// A function's value for a key.
    ///
    /// At start-up there is no function: then any function's will do, the first in the manifest's
    /// order.
    func value(of name: String, function: Int?) -> roost_bytes? {
        let found: UnsafeBufferPointer<UInt8>?
        if let function {
            found = values[Key(function: function, name: name)]
        } else {
            let first = values.keys.filter { $0.name == name }.min { $0.function < $1.function }
            found = first.flatMap { values[$0] }
        }
        return found.map { roost_bytes(data: $0.baseAddress, count: $0.count) }
    }

    /// Gives the memory back; nobody may hold a lent value any more.
    mutating func free() {
        for value in values.values { value.deallocate() }
        values = [:]
    }
}
