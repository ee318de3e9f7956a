internal import CCell
internal import CFunctionABI
internal import CellProtocol
internal import Glibc

extension Worker {
    /// Waits for the channel's first frame; false when the host has gone.
    func awaitConfiguration() throws(ProtocolViolation) -> Bool {
        while true {
            if let frame = try receiver.next() {
                guard frame.header.kind == .configure else {
                    throw .unexpected("\(frame.header.kind) frame before the configuration")
                }
                let configure = try ConfigureFrame(frame.payload.bytes)
                configuration = Configuration(configure)
                wantsManifest = configure.wantsManifest
                allowsBackground = configure.allowsBackground
                memory = WorkerMemory(configure)
                receiver.unpin()
                return true
            }
            let count = try receiver.fill(from: thread.pointee.channel, wait: true)
            if count <= 0 && count != -Int(EINTR) { return false }
        }
    }

    /// Loads the image and starts the plugin; false when it was refused, which has been said.
    func load() -> Bool {
        beginWatch(deadline: cell_now() &+ startTimeout, cpuLimit: .max, grace: 0)
        let result = tryLoading()
        cell_memory_set_limit(thread, 0)
        endWatch()
        close(image)
        switch result {
        case .success(let started):
            let manifest = wantsManifest ? started.manifest : roost_bytes(data: nil, count: 0)
            let functions = ManifestOutline.functionCount(started.manifest.raw)
            send { writer in
                ReadyFrame.write(
                    to: &writer,
                    load: started.load,
                    start: started.start,
                    functions: UInt16(clamping: functions),
                    manifest: manifest.raw
                )
            }
            return true
        case .failure(let refusal):
            send {
                $0 = Self.appending(RefusedFrame(kind: refusal.kind, message: refusal.text), $0)
            }
            return false
        }
    }

    private static func appending(_ frame: RefusedFrame, _ writer: FrameWriter) -> FrameWriter {
        var writer = writer
        frame.write(to: &writer)
        return writer
    }

    private struct Started {
        var load: UInt64
        var start: UInt64
        var manifest: roost_bytes
    }

    private func tryLoading() -> Result<Started, LoadRefusal> {
        let begin = cell_now()
        setStage(CELL_LOADING)
        let entry: () -> UnsafePointer<roost_plugin>?
        do throws(LoadRefusal) {
            if let foreign = try openForeign() {
                entry = foreign
            } else {
                entry = try openPlugin()
            }
        } catch {
            return .failure(error)
        }
        // The loader and this cell's own code end no worker for lack of memory: they hold locks.
        cell_memory_set_limit(thread, memory.limit)
        let loadedAt = cell_now()
        guard let table = entry() else {
            return .failure(.refusedStart(plugin: plugin, reason: nil))
        }
        if let refusal = LoadRefusal.check(table, plugin: plugin) { return .failure(refusal) }
        self.table = table
        // A probe has none of the permissions that a start may need; its first worker shows.
        let waits = wantsManifest && ManifestOutline.asksPermissions(table.pointee.manifest.raw)
        // Nor has it the network of a shared cell, so what says no to it is asked again there.
        if !waits, let refusal = runLoad(table), !wantsManifest { return .failure(refusal) }
        let started = Started(
            load: UInt64(loadedAt - begin),
            start: UInt64(cell_now() - loadedAt),
            manifest: table.pointee.manifest
        )
        return .success(started)
    }

    /// Loads the image; gives back its entry.
    private func openPlugin() throws(LoadRefusal) -> () -> UnsafePointer<roost_plugin>? {
        var loaded = cell_image()
        var reason = [CChar](repeating: 0, count: 1_024)
        guard cell_image_open(image, &loaded, &reason, reason.count) == 0 else {
            throw LoadRefusal(loader: reason, plugin: plugin)
        }
        adopt(loaded)
        guard let symbol = cell_image_symbol(&loaded, entrySymbol) else {
            throw .noEntry(entrySymbol, plugin: plugin)
        }
        let entry = unsafeBitCast(symbol, to: Entry.self)
        return { entry(HostTable.pointer) }
    }

    /// Takes an image for the worker's own.
    func adopt(_ loaded: cell_image) {
        thread.pointee.image_base = loaded.base
        thread.pointee.text_low = loaded.text_low
        thread.pointee.text_high = loaded.text_high
        setStage(CELL_STARTING)
    }

    private func runLoad(_ table: UnsafePointer<roost_plugin>) -> LoadRefusal? {
        guard let load = table.pointee.load else { return nil }
        run = Run()
        let context = openContext()
        let code = load(table.pointee.state, context)
        awaitReply(code: code)
        cell_thread_flush_lines(thread)
        closeContext()
        guard let reply = run.reply else {
            return .refusedStart(
                plugin: plugin,
                reason: "its start-up returned \(code) and no reply"
            )
        }
        if reply.code == .succeeded { return nil }
        return .refusedStart(plugin: plugin, reason: reply.errorMessage)
    }

    private typealias Entry =
        @convention(c) (
            UnsafePointer<roost_host_api>?
        ) -> UnsafePointer<roost_plugin>?
}

extension roost_bytes {
    /// The span as Swift sees it.
    var raw: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: data, count: data == nil ? 0 : count)
    }

    /// The span as text.
    var text: String { String(decoding: raw, as: UTF8.self) }
}
