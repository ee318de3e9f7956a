#if canImport(Glibc)
internal import Glibc
#endif

/// Where the system keeps the rules of time zones.
public enum ZoneFiles {
    /// Where systems have them.
    public static let directories = [
        "/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo",
    ]

    /// Whether this machine has any.
    public static var isInstalled: Bool { bytes(of: "Etc/UTC", limit: 1 << 16) != nil }

    /// The file of a zone, whose name has been checked; `nil` when the machine has none that can be
    /// read, or it is longer than the limit.
    public static func bytes(
        of name: String,
        limit: Int,
        in directories: [String] = directories
    ) -> [UInt8]? {
        for directory in directories {
            if let bytes = read("\(directory)/\(name)", limit: limit) { return bytes }
        }
        return nil
    }

    /// Tells the file of a zone from another one; `nil` when the machine has none.
    public static func identity(
        of name: String,
        in directories: [String] = directories
    ) -> FileIdentity? {
        for directory in directories {
            var status = stat()
            if stat("\(directory)/\(name)", &status) == 0 { return FileIdentity(status) }
        }
        return nil
    }

    private static func read(_ path: String, limit: Int) -> [UInt8]? {
        // Links are followed: most zones have several names.
        let raw = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard raw >= 0 else { return nil }
        let file = Descriptor(owning: raw)
        var bytes: [UInt8] = []
        do {
            try FileIO.read(file) { (span) throws(SystemCallError) in
                guard bytes.count + span.byteCount <= limit else {
                    throw SystemCallError("read(\(path))", code: EFBIG)
                }
                unsafe span.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
            }
        } catch { return nil }
        return bytes
    }
}
