/// Host → cell on the control channel, one packet each.
///
/// `start` comes with three descriptors: the image, the worker's channel, and its shared page of
/// slot words. `file` comes with one: the open file.
public enum HostMessage: Sendable, Hashable {
    /// Load an image and run a worker for it on the channel that came along.
    case start(worker: UInt32, plugin: String, entrySymbol: String, startTimeout: UInt64)
    /// End the process when the last worker has ended.
    case finish
    /// Say how much is used.
    case report
    /// The file that a worker's invocation has asked for by a host call, whose answer tells the rest.
    case file(worker: UInt32, sequence: UInt64, call: UInt32)
}

/// Cell → host on the control channel, one packet each.
public enum CellMessage: Sendable, Hashable {
    /// First: which parts of the sandbox hold, and which this kernel lacks.
    case hello(protocolVersion: UInt32, enforced: [String], missing: [String])
    /// A worker's thread has ended; its channel is closed.
    case workerEnded(worker: UInt32)
    /// The cell can't be trusted to stay well: renew it.
    case tainted(reason: String)
    /// Answer to `report`: images loaded so far, workers, resident bytes, memory mappings.
    case usage(images: UInt32, workers: UInt32, residentBytes: UInt64, mappings: UInt32)
    /// An ended worker of a plugin has left memory behind, more than all do, or threads that can't be
    /// ended.
    case left(plugin: String, bytes: UInt64, threads: UInt32)
    /// Threads of a worker that wants a processor nearly all the time, and is to let others go first;
    /// or of one that does no longer.
    case yielding(threads: [UInt32], yields: Bool)
}

/// The control channel's rules.
public enum ControlChannel {
    /// What `hello` has to say; host and cell come from one build.
    public static let protocolVersion: UInt32 = 1
    /// No packet is longer.
    public static let maximumPacket = 32 << 10
    /// The descriptor that a cell finds its control channel at.
    public static let descriptor: Int32 = 3
}

extension HostMessage {
    /// The packet's bytes.
    public func encoded() -> [UInt8] {
        var writer = FrameWriter(capacity: 128)
        switch self {
        case .start(let worker, let plugin, let entrySymbol, let startTimeout):
            writer.integer(UInt8(1))
            writer.integer(worker)
            writer.text(plugin)
            writer.text(entrySymbol)
            writer.integer(startTimeout)
        case .finish: writer.integer(UInt8(2))
        case .report: writer.integer(UInt8(3))
        case .file(let worker, let sequence, let call):
            writer.integer(UInt8(4))
            writer.integer(worker)
            writer.integer(sequence)
            writer.integer(call)
        }
        return writer.bytes
    }

    /// Takes a packet apart.
    public init(_ packet: RawSpan) throws(ProtocolViolation) {
        var reader = FrameReader(packet)
        let kind = try reader.integer(UInt8.self)
        switch kind {
        case 1:
            self = .start(
                worker: try reader.integer(UInt32.self),
                plugin: try reader.text(),
                entrySymbol: try reader.text(),
                startTimeout: try reader.integer(UInt64.self)
            )
        case 2: self = .finish
        case 3: self = .report
        case 4:
            self = .file(
                worker: try reader.integer(UInt32.self),
                sequence: try reader.integer(UInt64.self),
                call: try reader.integer(UInt32.self)
            )
        default: throw .unknownKind(kind)
        }
        try reader.finish()
    }
}

extension CellMessage {
    /// The most threads that one `yielding` names: a worker's own and those beside it.
    public static let mostThreads = 128

    /// The packet's bytes.
    public func encoded() -> [UInt8] {
        var writer = FrameWriter(capacity: 128)
        switch self {
        case .hello(let protocolVersion, let enforced, let missing):
            writer.integer(UInt8(1))
            writer.integer(protocolVersion)
            for list in [enforced, missing] {
                writer.integer(UInt16(list.count))
                for item in list { writer.text(item) }
            }
        case .workerEnded(let worker):
            writer.integer(UInt8(2))
            writer.integer(worker)
        case .tainted(let reason):
            writer.integer(UInt8(3))
            writer.text(reason)
        case .usage(let images, let workers, let residentBytes, let mappings):
            writer.integer(UInt8(4))
            writer.integer(images)
            writer.integer(workers)
            writer.integer(residentBytes)
            writer.integer(mappings)
        case .left(let plugin, let bytes, let threads):
            writer.integer(UInt8(5))
            writer.text(plugin)
            writer.integer(bytes)
            writer.integer(threads)
        case .yielding(let threads, let yields):
            writer.integer(UInt8(6))
            writer.integer(UInt8(yields ? 1 : 0))
            writer.integer(UInt16(threads.count))
            for thread in threads { writer.integer(thread) }
        }
        return writer.bytes
    }

    /// Takes a packet apart.
    public init(_ packet: RawSpan) throws(ProtocolViolation) {
        var reader = FrameReader(packet)
        let kind = try reader.integer(UInt8.self)
        switch kind {
        case 1:
            let version = try reader.integer(UInt32.self)
            var lists: [[String]] = []
            for _ in 0..<2 {
                let count = Int(try reader.integer(UInt16.self))
                guard count <= 64 else { throw .badValue("the number of sandbox parts, \(count),") }
                var list: [String] = []
                for _ in 0..<count { list.append(try reader.text()) }
                lists.append(list)
            }
            self = .hello(protocolVersion: version, enforced: lists[0], missing: lists[1])
        case 2: self = .workerEnded(worker: try reader.integer(UInt32.self))
        case 3: self = .tainted(reason: try reader.text())
        case 4:
            self = .usage(
                images: try reader.integer(UInt32.self),
                workers: try reader.integer(UInt32.self),
                residentBytes: try reader.integer(UInt64.self),
                mappings: try reader.integer(UInt32.self)
            )
        case 5:
            self = .left(
                plugin: try reader.text(),
                bytes: try reader.integer(UInt64.self),
                threads: try reader.integer(UInt32.self)
            )
        case 6:
            let yields = try reader.integer(UInt8.self)
            guard yields <= 1 else { throw .badValue("whether threads yield, \(yields),") }
            let count = Int(try reader.integer(UInt16.self))
            guard count <= Self.mostThreads else {
                throw .badValue("the number of threads, \(count),")
            }
            var threads: [UInt32] = []
            for _ in 0..<count { threads.append(try reader.integer(UInt32.self)) }
            self = .yielding(threads: threads, yields: yields == 1)
        default: throw .unknownKind(kind)
        }
        try reader.finish()
    }
}
