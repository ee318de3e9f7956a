#if canImport(Glibc)
internal import Glibc
#endif

/// Reads and writes whole files, a bounded piece at a time.
public enum FileIO {
    /// How files are opened.
    public enum Access: Sendable {
        /// For reading; a link at the path is not followed.
        case read
        /// For writing a file that doesn't exist yet, readable by its owner only.
        case create
    }

    /// Opens a file.
    ///
    /// - Throws: `SystemCallError` when it can't be opened.
    public static func open(_ path: String, _ access: Access) throws(SystemCallError) -> Descriptor
    {
        let flags =
            switch access {
            case .read: O_RDONLY | O_NOFOLLOW | O_CLOEXEC
            case .create: O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
            }
        let raw = Glibc.open(path, flags, 0o600)
        guard raw >= 0 else { throw SystemCallError("open(\(path))") }
        return Descriptor(owning: raw)
    }

    /// Hands the file's bytes to `take`, piece by piece, from its beginning to its end.
    ///
    /// - Throws: `SystemCallError` when it can't be read; what `take` throws.
    public static func read<Failure: Error>(
        _ file: Descriptor,
        piece: Int = 256 << 10,
        take: (RawSpan) throws(Failure) -> Void
    ) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: piece, alignment: 16)
        defer { unsafe buffer.deallocate() }
        var offset = 0
        while true {
            let count = unsafe pread(file.rawValue, buffer.baseAddress, piece, offset)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemCallError("read") }
            guard count > 0 else { return }
            offset += count
            try take(
                unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: buffer[0..<count]))
            )
        }
    }

    /// Reads a small file whole.
    ///
    /// - Throws: `SystemCallError` when it can't be read; `EFBIG` when it is larger than `limit`.
    public static func read(_ path: String, limit: Int) throws -> [UInt8] {
        try read(try open(path, .read), limit: limit, path: path)
    }

    /// Reads a small open file whole.
    ///
    /// - Throws: `SystemCallError` when it can't be read; `EFBIG` when it is larger than `limit`.
    public static func read(_ file: Descriptor, limit: Int, path: String) throws -> [UInt8] {
        guard try FileIdentity(file).size <= limit else {
            throw SystemCallError("read(\(path))", code: EFBIG)
        }
        var bytes: [UInt8] = []
        try read(file) { (span) throws(SystemCallError) in
            guard bytes.count + span.byteCount <= limit else {
                throw SystemCallError("read(\(path))", code: EFBIG)
            }
            unsafe span.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    /// Reads a part of a file; what lies behind its end is missing.
    ///
    /// - Throws: `SystemCallError` when it can't be read.
    public static func read(
        _ file: Descriptor,
        _ range: Range<Int>
    ) throws(SystemCallError)
        -> [UInt8]
    {
        var bytes = [UInt8](repeating: 0, count: range.count)
        var taken = 0
        while taken < bytes.count {
            let (offset, rest) = (range.lowerBound + taken, range.count - taken)
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe pread(file.rawValue, buffer.baseAddress.map { $0 + taken }, rest, offset)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemCallError("read") }
            guard count > 0 else { break }
            taken += count
        }
        return Array(bytes.prefix(taken))
    }

    /// Writes bytes at the descriptor's position, all of them.
    ///
    /// - Throws: `SystemCallError` when the disk is full or broken.
    public static func write(_ bytes: RawSpan, to file: Descriptor) throws(SystemCallError) {
        var written = 0
        while written < bytes.byteCount {
            let rest = bytes.extracting(written..<bytes.byteCount)
            let count = unsafe rest.withUnsafeBytes { buffer in
                unsafe Glibc.write(file.rawValue, buffer.baseAddress, buffer.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemCallError("write") }
            written += count
        }
    }

    /// Waits until the file's content is on the disk.
    ///
    /// - Throws: `SystemCallError` when the disk is broken.
    public static func synchronise(_ file: Descriptor) throws(SystemCallError) {
        guard fdatasync(file.rawValue) == 0 else { throw SystemCallError("fdatasync") }
    }

    /// Sets a file's mode.
    ///
    /// - Throws: `SystemCallError` when it isn't ours.
    public static func setMode(_ mode: UInt32, of file: Descriptor) throws(SystemCallError) {
        guard fchmod(file.rawValue, mode) == 0 else { throw SystemCallError("fchmod") }
    }

    /// Gives a file another name, in one step, replacing what had it.
    ///
    /// - Throws: `SystemCallError` when it can't be renamed.
    public static func rename(_ path: String, to other: String) throws(SystemCallError) {
        guard Glibc.rename(path, other) == 0 else {
            throw SystemCallError("rename(\(path), \(other))")
        }
    }

    /// Deletes a file; that there is none is no error.
    ///
    /// - Throws: `SystemCallError` when it can't be deleted.
    public static func delete(_ path: String) throws(SystemCallError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw SystemCallError("unlink(\(path))") }
    }

    /// Makes a directory for its owner only; that there is one is no error.
    ///
    /// - Throws: `SystemCallError` when it can't be made.
    public static func makeDirectory(_ path: String) throws(SystemCallError) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw SystemCallError("mkdir(\(path))")
        }
    }

    /// The path without links; `nil` when nothing is there.
    public static func resolved(_ path: String) -> String? {
        guard let resolved = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    /// The names in a directory, of those that start with a dot or those that don't; none when it
    /// can't be read.
    public static func names(in directory: String, hidden: Bool = false) -> [String] {
        DirectoryListing.names(directory, hidden: hidden) ?? []
    }
}

extension SystemCallError {
    /// The error of a file beyond a bound.
    public static func tooLarge(_ call: String) -> SystemCallError {
        SystemCallError(call, code: EFBIG)
    }

    /// Whether a file was larger than its bound.
    public var isTooLarge: Bool { code == EFBIG }

    /// Whether there was nothing at the path.
    public var isMissing: Bool { code == ENOENT }
}
