#if canImport(Glibc)
internal import Glibc
#endif

/// What one read of an inotify descriptor brought.
struct InotifyEvents {
    /// The changes, in the kernel's order.
    var changes: [DirectoryChange] = []
    /// Whether the watch is at its end: the directory was deleted, moved or unmounted.
    var directoryIsGone = false

    /// What a watch asks the kernel for.
    static let mask = UInt32(
        IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB
            | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK
    )

    /// Takes the kernel's records apart; what doesn't hold together asks for a rescan.
    init(_ bytes: RawSpan) {
        var offset = 0
        while bytes.byteCount - offset >= 16 {
            let mask = unsafe bytes.unsafeLoadUnaligned(
                fromByteOffset: offset + 4,
                as: UInt32.self
            )
            let length = Int(
                unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset + 12, as: UInt32.self)
            )
            guard length <= bytes.byteCount - offset - 16 else { break }
            let name = Self.name(bytes.extracting((offset + 16)..<(offset + 16 + length)))
            offset += 16 + length
            note(mask, name)
        }
        if offset != bytes.byteCount { changes.append(.rescan) }
    }

    private mutating func note(_ mask: UInt32, _ name: String?) {
        func has(_ flags: Int...) -> Bool { flags.contains { mask & UInt32($0) != 0 } }
        if has(Int(IN_Q_OVERFLOW)) { changes.append(.rescan) }
        if has(Int(IN_DELETE_SELF), Int(IN_MOVE_SELF), Int(IN_UNMOUNT), Int(IN_IGNORED)) {
            directoryIsGone = true
        }
        guard let name else {
            // The directory's own mode or owner changed: everything in it may be trusted now.
            if has(Int(IN_ATTRIB)) { changes.append(.rescan) }
            return
        }
        if has(Int(IN_CREATE), Int(IN_ATTRIB)) { changes.append(.appeared(name)) }
        if has(Int(IN_CLOSE_WRITE), Int(IN_MOVED_TO)) { changes.append(.completed(name)) }
        if has(Int(IN_DELETE), Int(IN_MOVED_FROM)) { changes.append(.gone(name)) }
    }

    /// Reads a name padded with NULs; `nil` when there is none or it isn't text.
    private static func name(_ field: RawSpan) -> String? {
        var count = 0
        while count < field.byteCount,
            unsafe field.unsafeLoad(fromByteOffset: count, as: UInt8.self) != 0
        {
            count += 1
        }
        guard count > 0 else { return nil }
        return unsafe field.extracting(0..<count).withUnsafeBytes { buffer in
            unsafe String(validating: buffer, as: UTF8.self)
        }
    }
}
