internal import CCell
internal import CFunctionABI

/// What the cell offers to plugins: the functions of `roost_host_api`, each of which finds its worker
/// by the context and does nothing when that is over.
enum HostTable {
    /// The table that every plugin is handed; never changed once made.
    nonisolated(unsafe) static let pointer: UnsafePointer<roost_host_api> = {
        let table = UnsafeMutablePointer<roost_host_api>.allocate(capacity: 1)
        table.initialize(to: make())
        return UnsafePointer(table)
    }()

    /// The worker of a valid context, when the caller is on its thread.
    private static func worker(_ context: OpaquePointer?) -> Worker? {
        guard let context else { return nil }
        let value = UnsafePointer<cell_context>(context).pointee
        guard cell_thread_is_own(value.thread) != 0,
            value.number == value.thread.pointee.context_number,
            let owner = value.thread.pointee.owner
        else { return nil }
        return Unmanaged<Worker>.fromOpaque(owner).takeUnretainedValue()
    }

    /// The worker that the calling thread is, also when the context is over.
    private static func anyWorker(_ context: OpaquePointer?) -> Worker? {
        guard let context else { return nil }
        let thread = UnsafePointer<cell_context>(context).pointee.thread
        guard cell_thread_is_own(thread) != 0, let owner = thread.pointee.owner else { return nil }
        return Unmanaged<Worker>.fromOpaque(owner).takeUnretainedValue()
    }

    private static func make() -> roost_host_api {
        var table = roost_host_api()
        table.abi_version = UInt32(ROOST_ABI_VERSION)
        table.struct_size = UInt32(MemoryLayout<roost_host_api>.size)
        addReplies(&table)
        addCalls(&table)
        addStreams(&table)
        addWaiting(&table)
        addValues(&table)
        return table
    }

    private static func addReplies(_ table: inout roost_host_api) {
        table.reply = { context, reply in
            guard let worker = HostTable.worker(context), let reply else { return }
            worker.reply(reply.pointee)
        }
        table.log = { context, level, message, metadata, count in
            guard let worker = HostTable.anyWorker(context) else { return }
            worker.log(level: level, message, Worker.fields(metadata, count))
        }
    }

    private static func addCalls(_ table: inout roost_host_api) {
        table.invoke = { context, call, done, argument in
            guard let done, let call, let worker = HostTable.worker(context) else { return }
            let waiting = PluginCall(function: done, argument: argument)
            worker.call(call.whole(roost_call()), waiting)
        }
        table.emit = { context, event, done, argument in
            guard let done, let event, let worker = HostTable.worker(context) else { return }
            let waiting = PluginCall(function: done, argument: argument)
            worker.emit(event.whole(roost_event()), waiting)
        }
        table.state = { context, request, done, argument in
            guard let done, let request, let worker = HostTable.worker(context) else { return }
            let waiting = PluginCall(function: done, argument: argument)
            worker.state(request.whole(roost_state_request()), waiting)
        }
        table.lock = { context, request, done, argument in
            guard let done, let request, let worker = HostTable.worker(context) else { return }
            let waiting = PluginCall(function: done, argument: argument)
            worker.lock(request.whole(roost_lock_request()), waiting)
        }
        table.file = { context, request, done, argument in
            guard let request, let worker = HostTable.worker(context) else { return }
            let waiting = done.map { PluginCall(function: $0, argument: argument) }
            worker.file(request.whole(roost_file_request()), waiting)
        }
    }

    private static func addStreams(_ table: inout roost_host_api) {
        table.read = { context, buffer, capacity in
            guard let worker = HostTable.worker(context) else { return Int64(ROOST_GONE) }
            return worker.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: capacity))
        }
        table.start = { context, head in
            guard let worker = HostTable.worker(context), let head else { return Int32(ROOST_GONE) }
            return worker.startResponse(head.pointee)
        }
        table.write = { context, piece in
            HostTable.worker(context)?.write(piece.raw) ?? Int32(ROOST_GONE)
        }
    }

    private static func addWaiting(_ table: inout roost_host_api) {
        table.remaining_ns = { context in
            guard let worker = HostTable.worker(context) else { return 0 }
            return worker.run.deadline == .max ? .max : worker.run.deadline - cell_now()
        }
        table.cancelled = { context in HostTable.cancelled(context) }
        table.when = { context, events, callback, argument in
            guard let callback, let worker = HostTable.worker(context) else { return }
            worker.when(events, PluginCallback(function: callback, argument: argument))
        }
        table.pump = { context in HostTable.worker(context)?.turn() }
        table.enqueue = { context, callback, argument in
            guard let callback else { return }
            HostTable.enqueue(context, PluginCallback(function: callback, argument: argument))
        }
        table.timer = { context, delay, callback, argument in
            guard let callback, let worker = HostTable.worker(context) else { return }
            let item = PluginCallback(function: callback, argument: argument)
            let number = worker.thread.pointee.context_number
            worker.needLoop().post(.callback(context: number, item), after: delay)
        }
        table.executor = { context, words in
            guard let words else { return }
            let made = HostTable.worker(context)?.needExecutor().words ?? (0, 0)
            words[0] = made.0
            words[1] = made.1
        }
    }

    private static func addValues(_ table: inout roost_host_api) {
        table.configuration = { context, key, value in
            guard let worker = HostTable.worker(context), let value,
                let found = worker.configuration.value(of: key.text, function: worker.run.function)
            else { return Int32(ROOST_UNSUPPORTED) }
            value.pointee = found
            return 0
        }
        table.secret = { _, _, _ in Int32(ROOST_UNSUPPORTED) }
    }

    /// Reads the shared word; on any thread.
    private static func cancelled(_ context: OpaquePointer?) -> UInt32 {
        guard let context else { return 0 }
        let value = UnsafePointer<cell_context>(context).pointee
        guard value.number == cell_load64(&value.thread.pointee.context_number) else {
            return UInt32(ROOST_CANCELLED_BY_CALLER)
        }
        guard let word = value.thread.pointee.cancel_word else { return 0 }
        return cell_load32(word)
    }

    /// Adds a callback; on any thread.
    private static func enqueue(_ context: OpaquePointer?, _ callback: PluginCallback) {
        guard let context else { return }
        let value = UnsafePointer<cell_context>(context).pointee
        guard value.number == cell_load64(&value.thread.pointee.context_number),
            let owner = value.thread.pointee.owner
        else { return }
        let worker = Unmanaged<Worker>.fromOpaque(owner).takeUnretainedValue()
        worker.needLoop().post(.callback(context: value.number, callback))
    }
}
