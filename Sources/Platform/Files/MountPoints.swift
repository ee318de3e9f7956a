/// Where file systems are mounted, as far as this process sees; nothing tells a watched directory that
/// something was mounted over one below it.
public enum MountPoints {
    /// A file system at a place.
    public struct Mount: Sendable, Hashable {
        /// The kernel's number, another one for each mount.
        public var number: Int
        /// The place below the directory that was asked about; empty for that directory.
        public var path: [UInt8]
    }

    /// Lists what is mounted on a directory and below it; `nil` when the kernel won't tell.
    public static func below(_ directory: Descriptor) -> Set<Mount>? {
        guard let place = FileIO.resolved("/proc/self/fd/\(directory.rawValue)") else { return nil }
        do {
            let table = try FileIO.read("/proc/self/mountinfo", limit: 4 << 20)
            return list(table, below: Array(place.utf8))
        } catch { return nil }
    }

    /// Reads the kernel's table: a mount's number comes first, its place fifth, with blanks in octal.
    static func list(_ table: [UInt8], below directory: [UInt8]) -> Set<Mount> {
        var mounts: Set<Mount> = []
        let start = directory == [UInt8(ascii: "/")] ? directory : directory + [UInt8(ascii: "/")]
        for line in table.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 5)
            guard fields.count == 6, let number = Int(String(decoding: fields[0], as: UTF8.self))
            else { continue }
            let path = plain(fields[4])
            if path == directory {
                mounts.insert(Mount(number: number, path: []))
            } else if path.starts(with: start) {
                mounts.insert(Mount(number: number, path: Array(path[start.count...])))
            }
        }
        return mounts
    }

    private static func plain(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            guard byte == UInt8(ascii: "\\"), digits.count == 3,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            else {
                bytes.append(byte)
                continue
            }
            bytes.append(value)
            rest = rest.dropFirst(3)
        }
        return bytes
    }
}
