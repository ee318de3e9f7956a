#if canImport(Glibc)
internal import Glibc
#endif

/// A file of an event, opened by the host for reading.
///
/// The plugin's process can't open it by its path, and needn't: the host does, beneath the watched
/// directory and through no link, and checks that it is still what the event told of.
public final class OpenFile: Sendable {
    /// The open file; the host closes it when the invocation ends, so whoever wants it for longer
    /// duplicates it.
    public let descriptor: Int32
    private let call: Call

    init(descriptor: Int32, call: Call) {
        self.descriptor = descriptor
        self.call = call
    }

    /// Its size in bytes.
    ///
    /// - Throws: `FileError` when the file is closed.
    public func size() throws -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError.system("fstat", errno) }
        return Int(status.st_size)
    }

    /// Reads on from where the last read ended: up to so many bytes, none at the end.
    ///
    /// - Throws: `FileError` when the file can't be read.
    public func read(upTo count: Int = 64 << 10) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: max(0, count)) { buffer, length in
            while true {
                let got = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                if got < 0, errno == EINTR { continue }
                guard got >= 0 else { throw FileError.system("read", errno) }
                length = got
                return
            }
        }
    }

    /// Reads all that is left.
    ///
    /// - Parameter limit: how much that may be.
    /// - Returns: the bytes.
    /// - Throws: `FileError` when there is more, or the file can't be read.
    public func readAll(limit: Int = 64 << 20) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let piece = try read(upTo: max(64 << 10, min(1 << 20, limit - bytes.count + 1)))
            if piece.isEmpty { return bytes }
            bytes += piece
            guard bytes.count <= limit else { throw FileError.tooLarge(limit: limit) }
        }
    }

    /// Gives the file back before the invocation ends, which a function that opens many should do.
    public func close() { call.giveBack(descriptor) }
}

/// A file of an event can't be opened or read.
public enum FileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// It is gone, or another by now: an event of its own tells of that.
    ///
    /// Where a handler that a file triggered lets this out, the invocation ends well: there was nothing
    /// left to do. One that a batch triggered fails, and is tried again without the files that have
    /// changed; a handler that goes on with the next file instead spares the others a second time.
    case superseded(String)
    /// The host can't open it.
    case refused(status: Int, String)
    /// It is larger than was to be read.
    case tooLarge(limit: Int)
    /// The system refused something.
    case system(String, Int32)

    /// A sentence.
    public var description: String {
        switch self {
        case .superseded(let message): message
        case .refused(let status, let message): "The host answered \(status): \(message)"
        case .tooLarge(let limit): "The file has more than \(limit) bytes."
        case .system(let call, let code): "\(call): \(String(cString: strerror(code)))"
        }
    }
}

extension FunctionContext {
    /// Opens a file of the event that the invocation was made for.
    ///
    /// - Throws: `FileError`; `superseded` when the file is gone or another by now.
    public func open(_ file: FileEvent) async throws -> OpenFile {
        try call.opened(await call.answer { call.open(file, $0) })
    }

    /// Opens a file of the event and waits on the worker's thread.
    ///
    /// - Throws: `FileError`; `superseded` when the file is gone or another by now.
    @available(*, noasync, message: "use 'try await open'")
    public func open(_ file: FileEvent) throws -> OpenFile {
        try call.opened(call.answerNow { call.open(file, $0) })
    }

    /// Reads a file of the event whole.
    ///
    /// - Throws: `FileError`; `superseded` when the file is gone or another by now.
    public func read(_ file: FileEvent, limit: Int = 64 << 20) async throws -> [UInt8] {
        let opened = try await open(file)
        defer { opened.close() }
        return try opened.readAll(limit: limit)
    }

    /// Reads a file of the event whole, and waits on the worker's thread.
    ///
    /// - Throws: `FileError`; `superseded` when the file is gone or another by now.
    @available(*, noasync, message: "use 'try await read'")
    public func read(_ file: FileEvent, limit: Int = 64 << 20) throws -> [UInt8] {
        let opened = try open(file)
        defer { opened.close() }
        return try opened.readAll(limit: limit)
    }
}

extension Call {
    /// The host's slot for files; `nil` where the host is older than it.
    private var fileSlot: FileSlot? {
        let end = MemoryLayout<roost_host_api>.size
        return Int(host.pointee.struct_size) >= end ? host.pointee.file : nil
    }

    private typealias FileSlot =
        @convention(c) (
            OpaquePointer?, UnsafePointer<roost_file_request>?, roost_done?,
            UnsafeMutableRawPointer?
        ) -> Void

    /// Asks for a file of the event; `body` hears the answer, or `nil` at the end.
    func open(_ file: FileEvent, _ body: @escaping Callbacks.Body) {
        guard !isOver, let slot = fileSlot else { return body(nil) }
        var lent = roost_file_request()
        lent.struct_size = UInt32(MemoryLayout<roost_file_request>.size)
        lent.operation = UInt32(ROOST_FILE_OPEN)
        file.id.lent { id in
            lent.id = id
            slot(context, &lent, Self.answered, register(body))
        }
    }

    /// What an answer to `open` means.
    func opened(_ reply: FunctionReply) throws -> OpenFile {
        if reply.succeeded {
            return OpenFile(descriptor: Int32(truncatingIfNeeded: reply.number), call: self)
        }
        if reply.status == 410 { throw FileError.superseded(reply.errorMessage) }
        let message =
            reply.errorMessage.isEmpty ? "this host opens no files" : reply.errorMessage
        throw FileError.refused(status: reply.status, message)
    }

    /// Gives a file back; on the worker's thread.
    func giveBack(_ descriptor: Int32) {
        guard !isOver, let slot = fileSlot else { return }
        var lent = roost_file_request()
        lent.struct_size = UInt32(MemoryLayout<roost_file_request>.size)
        lent.operation = UInt32(ROOST_FILE_CLOSE)
        lent.descriptor = Int64(descriptor)
        slot(context, &lent, nil, nil)
    }
}
