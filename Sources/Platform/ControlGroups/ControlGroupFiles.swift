#if canImport(Glibc)
internal import Glibc
#endif

/// What control groups are made of: directories and small files that the kernel answers for.
///
/// Tests give a tree of their own.
public protocol ControlGroupFiles: Sendable {
    /// Reads a whole small file; `nil` when it isn't there or can't be read.
    func read(_ path: String) -> String?
    /// Writes a value.
    ///
    /// - Throws: `SystemCallError` with the kernel's reason.
    func write(_ value: String, to path: String) throws(SystemCallError)
    /// Makes a group.
    ///
    /// - Throws: `SystemCallError` with the kernel's reason.
    func make(_ directory: String) throws(SystemCallError)
    /// Removes an empty group; false when the kernel still holds it.
    func remove(_ directory: String) -> Bool
    /// The names of the groups in a group.
    func groups(in directory: String) -> [String]
    /// Ends a process at once.
    func kill(_ process: Int32)
}

/// The kernel's own control groups.
public struct KernelControlGroupFiles: ControlGroupFiles {
    /// Reads and writes the real ones.
    public init() {}

    /// Reads a whole small file.
    public func read(_ path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        var count = 0
        while count < bytes.count {
            let got = unsafe bytes.withUnsafeMutableBytes { room in
                unsafe Glibc.read(
                    file,
                    room.baseAddress.map { unsafe $0 + count },
                    room.count - count
                )
            }
            guard got > 0 else { break }
            count += got
        }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// Writes a value in one call, as the kernel wants it.
    public func write(_ value: String, to path: String) throws(SystemCallError) {
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { throw SystemCallError("open(\(path))") }
        defer { close(file) }
        let bytes = Array(value.utf8)
        let count = unsafe bytes.withUnsafeBytes {
            unsafe Glibc.write(file, $0.baseAddress, $0.count)
        }
        guard count == bytes.count else { throw SystemCallError("write(\(path), \(value))") }
    }

    /// Makes a group.
    public func make(_ directory: String) throws(SystemCallError) {
        guard mkdir(directory, 0o755) == 0 || errno == EEXIST else {
            throw SystemCallError("mkdir(\(directory))")
        }
    }

    /// Removes an empty group.
    public func remove(_ directory: String) -> Bool { rmdir(directory) == 0 || errno == ENOENT }

    /// The names of the groups in a group.
    public func groups(in directory: String) -> [String] {
        (DirectoryListing.names(directory) ?? []).filter {
            DirectoryListing.exists("\(directory)/\($0)")
        }
    }

    /// Ends a process at once.
    public func kill(_ process: Int32) { _ = Glibc.kill(process, SIGKILL) }
}
