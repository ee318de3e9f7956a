internal import CPlatform

/// The names in a directory, in the order of their bytes, held in one piece: a million take some
/// tens of megabytes.
public struct DirectoryNames: Sendable {
    private var bytes: [UInt8] = []
    private var ends: [UInt32] = []
    private var kinds: [UInt8] = []
    private var order: [UInt32] = []

    /// Reads the names of an open directory.
    ///
    /// - Throws: `SystemCallError` when it can't be read, or has more than 4 GiB of names.
    public init(of directory: Descriptor) throws(SystemCallError) {
        var names = DirectoryNames()
        let code = unsafe withUnsafeMutablePointer(to: &names) { names in
            unsafe roost_list(directory.rawValue, names) { context, name, length, kind in
                unsafe context?.assumingMemoryBound(to: DirectoryNames.self).pointee
                    .add(UnsafeRawBufferPointer(start: name, count: Int(length)), UInt8(kind))
            }
        }
        guard code == 0 else { throw SystemCallError("readdir") }
        guard names.bytes.count <= Int(UInt32.max) else { throw .tooLarge("readdir") }
        names.sort()
        self = names
    }

    private init() {}

    /// How many there are.
    public var count: Int { order.count }

    /// The name at a place in the order.
    public func name(_ index: Int) -> [UInt8] { Array(bytes[range(order[index])]) }

    /// What the file at a place is; `nil` where the file system doesn't tell without a look.
    public func kind(_ index: Int) -> FileStatus.Kind? {
        switch Int(kinds[Int(order[index])]) {
        case ROOST_FILE_REGULAR: .regular
        case ROOST_FILE_DIRECTORY: .directory
        case ROOST_FILE_OTHER: .other
        default: nil
        }
    }

    private mutating func add(_ name: UnsafeRawBufferPointer, _ kind: UInt8) {
        unsafe bytes.append(contentsOf: name)
        ends.append(UInt32(truncatingIfNeeded: bytes.count))
        kinds.append(kind)
    }

    private func range(_ number: UInt32) -> Range<Int> { Self.range(number, ends) }

    private static func range(_ number: UInt32, _ ends: [UInt32]) -> Range<Int> {
        let start = number == 0 ? 0 : Int(ends[Int(number) - 1])
        return start..<Int(ends[Int(number)])
    }

    private mutating func sort() {
        let (bytes, ends) = (bytes, ends)
        var order = Array(0..<UInt32(ends.count))
        unsafe bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            order.sort { left, right in
                let (left, right) = (Self.range(left, ends), Self.range(right, ends))
                let order = unsafe roost_compare(
                    base + left.lowerBound,
                    left.count,
                    base + right.lowerBound,
                    right.count
                )
                return order < 0
            }
        }
        self.order = order
    }
}
