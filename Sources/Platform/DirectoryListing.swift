#if canImport(Glibc)
internal import Glibc
#endif

/// The regular names of a directory with what tells their contents apart.
struct DirectoryListing: Equatable {
    /// The identity of each name.
    let entries: [String: FileIdentity]

    /// Lists a directory; `nil` when it can't be read.
    init?(_ path: String) {
        guard let names = Self.names(path) else { return nil }
        var entries: [String: FileIdentity] = [:]
        for name in names { entries[name] = FileIdentity(path: "\(path)/\(name)") }
        self.entries = entries
    }

    /// The names in a directory, of those that start with a dot or those that don't; `nil` when it
    /// can't be read.
    static func names(
        _ path: String,
        hidden: Bool = false,
        limit: Int = 100_000
    ) -> [String]? {
        guard let directory = opendir(path) else { return nil }
        defer { closedir(directory) }
        var names: [String] = []
        while names.count < limit, let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let name, name.hasPrefix(".") == hidden, name != ".", name != ".." {
                names.append(name)
            }
        }
        return names
    }

    /// Whether a directory is there.
    static func exists(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Tells a directory from another one at the same path.
    static func identity(_ path: String) -> [UInt64] {
        var status = stat()
        guard stat(path, &status) == 0 else { return [] }
        return [UInt64(status.st_dev), UInt64(status.st_ino)]
    }
}
