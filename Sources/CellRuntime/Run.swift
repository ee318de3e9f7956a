internal import CCell
internal import CFunctionABI
internal import CellProtocol

/// What a worker knows of the invocation that runs; also of the plugin's start-up and its end, which
/// have no sequence.
struct Run {
    /// The bytes that may be under way in each direction of a stream before the other side has
    /// taken some.
    static let window = 256 << 10
    static let logLimitOfStart = 256 << 10

    var sequence: UInt64 = 0
    var slot: UInt16 = 0
    var function: Int?
    var deadline: Int64 = .max
    var responseLimit = Int.max

    /// How it ended, once the plugin has said so.
    var reply: EndHead?
    var replyBody: [UInt8] = []

    /// Whether a streamed response has begun.
    var isStreaming = false
    var credit = Run.window
    /// The rest of a piece that the credit did not cover.
    var unsent: [UInt8] = []

    var body = BodyQueue()

    var waiters: [Waiter] = []
    var calls: [UInt32: PluginCall] = [:]
    /// Those of `calls` that wait for a file.
    var opening: [UInt32: Opening] = [:]
    /// What is asked when one of `calls` has been answered.
    var waiting: [WaitingRequest] = []

    var logged = 0
    var logLimit = Run.logLimitOfStart
    var logIsCut = false

    /// A file comes by one way and the answer that it does by another, in any order.
    struct Opening {
        var isAnswered = false
        var descriptor: Int32?
    }

    struct Waiter {
        var events: UInt32
        var callback: PluginCallback
    }
}

/// A host call that waits for its answer.
struct PluginCall: @unchecked Sendable {
    // Unchecked: the pointers are the plugin's and only handed back to it.
    var function: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<roost_result>?) -> Void
    var argument: UnsafeMutableRawPointer?
}

/// The part of a request body that has arrived and was not yet read.
struct BodyQueue {
    /// How much may have been taken without telling the host.
    static let reportedAt = 32 << 10

    private var bytes: [UInt8] = []
    private var offset = 0
    private var unreported = 0
    private(set) var isComplete = true

    /// More is to come.
    mutating func open() { isComplete = false }

    var isReadable: Bool { offset < bytes.count || isComplete }

    mutating func append(_ piece: UnsafeRawBufferPointer, ends: Bool) {
        if offset == bytes.count {
            bytes.removeAll(keepingCapacity: true)
            offset = 0
        }
        bytes.append(contentsOf: piece)
        if ends { isComplete = true }
    }

    /// Copies what is there: the count, 0 at the end, `nil` when nothing has arrived.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        let count = min(bytes.count - offset, buffer.count)
        if count == 0 { return isComplete || buffer.isEmpty ? 0 : nil }
        bytes.withUnsafeBytes { source in
            buffer.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: source[offset..<(offset + count)])
            )
        }
        offset += count
        unreported += count
        return count
    }

    /// What the host is to be told has been taken; 0 while that isn't worth a frame.
    mutating func report() -> Int {
        guard unreported >= Self.reportedAt, !isComplete else { return 0 }
        defer { unreported = 0 }
        return unreported
    }
}
