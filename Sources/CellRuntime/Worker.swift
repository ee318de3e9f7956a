internal import CCell
internal import CFunctionABI
internal import CPlatform
internal import CellProtocol
internal import Glibc
internal import Synchronization

/// One thread with one private image of a plugin, and the channel that feeds it.
///
/// Confined to its thread once started. When the plugin crashes, the thread jumps out of everything
/// above its base, and nobody touches this object's contents again: what the cell then has to say
/// stands in the thread's C record.
final class Worker {
    static let stackSize = 1 << 20

    let id: UInt32
    let plugin: String
    let entrySymbol: String
    let startTimeout: Int64
    let image: Int32
    let slots: UnsafeMutableRawPointer
    let thread: UnsafeMutablePointer<cell_thread>
    let receiver = ReceiveBuffer()
    let files = FileTable()
    var writer = FrameWriter(capacity: 1_024)

    var table: UnsafePointer<roost_plugin>?
    var configuration = Configuration()
    var memory = WorkerMemory()
    /// The CPU clock at the end of the last run, while nothing of the plugin has run since: the next one
    /// begins there, so that taking it in counts, and one reading of the clock serves both.
    var cpuAtEnd: Int64?
    var run: Run
    var deferred: [DeferredFrame] = []
    var executor: WorkerExecutor?
    var wantsManifest = false
    /// Whether the plugin's work may go on when its invocation has ended.
    var allowsBackground = false
    var channelIsGone = false
    /// Whether the worker is to be replaced before its next invocation.
    var isSpent = false
    var nextContext = 0
    var nextCall: UInt32 = 0
    let invocation = UnsafeMutablePointer<roost_invocation>.allocate(capacity: 1)
    let eventFields = EventFields()
    private let sharedLoop = Mutex<WorkerLoop?>(nil)

    /// Takes over the descriptors of a `start` message.
    init?(
        id: UInt32,
        plugin: String,
        entrySymbol: String,
        startTimeout: UInt64,
        image: Int32,
        channel: Int32,
        slots: Int32
    ) {
        let page = mmap(nil, SlotWord.pageSize, PROT_READ | PROT_WRITE, MAP_SHARED, slots, 0)
        close(slots)
        guard let page, page != MAP_FAILED, let thread = cell_thread_make() else {
            close(image)
            close(channel)
            return nil
        }
        self.id = id
        self.plugin = plugin
        self.entrySymbol = entrySymbol
        self.startTimeout = Int64(clamping: startTimeout)
        self.image = image
        self.slots = page
        self.thread = thread
        run = Run()
        thread.pointee.channel = channel
    }

    /// Starts the thread; the object lives until the reaper has seen its end.
    func start() -> Bool {
        thread.pointee.owner = Unmanaged.passRetained(self).toOpaque()
        thread.pointee.line_sink = { owner, level, bytes, count in
            Unmanaged<Worker>.fromOpaque(owner).takeUnretainedValue()
                .logCaptured(level: level, UnsafeRawBufferPointer(start: bytes, count: count))
        }
        let body: cell_body = { _, owner in
            guard let owner else { return }
            Unmanaged<Worker>.fromOpaque(owner).takeUnretainedValue().live()
        }
        return cell_thread_start(thread, body, Self.stackSize) == 0
    }

    /// The thread's whole life.
    private func live() {
        do {
            guard try awaitConfiguration(), load() else { return }
            setStage(CELL_SERVING)
            try serve()
        } catch {
            log(level: 4, text: "The worker ends: the host sent a \(error)")
        }
    }

    deinit {
        invocation.deallocate()
        munmap(slots, SlotWord.pageSize)
    }

    /// Gives back what a plugin may have been lent; called when the worker has ended in good order.
    func releaseAfterReturn() { configuration.free() }

    /// The loop, where there is one; a worker that never waits is cheaper without.
    ///
    /// On any thread.
    var loop: WorkerLoop? { sharedLoop.withLock { $0 } }

    /// The loop, made when it is first needed.
    ///
    /// On any thread.
    func needLoop() -> WorkerLoop {
        sharedLoop.withLock { loop in
            if let loop { return loop }
            let made = WorkerLoop(thread: thread)
            loop = made
            return made
        }
    }

    /// The executor, made when the plugin first asks for it.
    ///
    /// It stays for ever, because tasks refer to it without owning it.
    func needExecutor() -> WorkerExecutor {
        if let executor { return executor }
        let made = WorkerExecutor(loop: needLoop())
        executor = made
        let opaque = Unmanaged.passRetained(made).toOpaque()
        thread.pointee.executor = opaque
        cell_image_adopt(thread, opaque)
        return made
    }

    func setStage(_ stage: Int) { cell_store32(&thread.pointee.stage, UInt32(stage)) }

    /// Sends what `write` puts together, and `body` right behind it.
    func send(
        body: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
        _ write: (inout FrameWriter) -> Void
    ) {
        writer.removeAll()
        write(&writer)
        let error = writer.bytes.withUnsafeBytes { head in
            head.baseAddress.map {
                cell_channel_send(thread, $0, head.count, body.baseAddress, body.count)
            } ?? 0
        }
        if error != 0 { channelIsGone = true }
    }

    /// Makes a context valid for calls of the plugin.
    func openContext() -> OpaquePointer {
        let number = Cell.nextNumber()
        let index = nextContext % Int(CELL_CONTEXTS)
        nextContext += 1
        return withUnsafeMutablePointer(to: &thread.pointee.contexts) { contexts in
            contexts.withMemoryRebound(to: cell_context.self, capacity: Int(CELL_CONTEXTS)) {
                list in
                list[index] = cell_context(thread: thread, number: number)
                cell_store64(&thread.pointee.context_number, number)
                return OpaquePointer(list + index)
            }
        }
    }

    /// Ends the validity of the context, and of what was to be called for it.
    func closeContext() {
        loop?.drop(context: thread.pointee.context_number)
        cell_store64(&thread.pointee.context_number, 0)
    }
}

/// A frame that came while another invocation ran.
struct DeferredFrame {
    var header: FrameHeader
    var payload: [UInt8]
}

/// Memory for an event's headers and parameters, kept from one invocation to the next.
final class EventFields {
    private var fields: UnsafeMutablePointer<roost_field>
    private var capacity = 16

    init() { fields = .allocate(capacity: 16) }

    deinit { fields.deallocate() }

    func room(for count: Int) -> UnsafeMutablePointer<roost_field> {
        if count > capacity {
            fields.deallocate()
            capacity = count
            fields = .allocate(capacity: count)
        }
        return fields
    }
}
