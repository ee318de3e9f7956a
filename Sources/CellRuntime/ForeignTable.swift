internal import CFunctionABI
internal import ForeignCalls

/// Makes a C library with its signatures look as a plugin does to the worker.
enum ForeignTable {
    /// The table; it and the library stay as long as the image, which is for ever.
    static func make(_ plugin: ForeignPlugin) -> UnsafePointer<roost_plugin> {
        let table = UnsafeMutablePointer<roost_plugin>.allocate(capacity: 1)
        table.initialize(to: roost_plugin())
        table.pointee.abi_version = UInt32(ROOST_ABI_VERSION)
        table.pointee.struct_size = UInt32(MemoryLayout<roost_plugin>.size)
        table.pointee.manifest = roost_bytes(
            data: plugin.manifest.baseAddress,
            count: plugin.manifest.count
        )
        table.pointee.state = Unmanaged.passRetained(plugin).toOpaque()
        table.pointee.invoke = { state, invocation, context in
            guard let state, let invocation, let context else { return Int32(ROOST_INVALID) }
            let plugin = Unmanaged<ForeignPlugin>.fromOpaque(state).takeUnretainedValue()
            ForeignTable.invoke(plugin, invocation.pointee, context)
            return Int32(ROOST_DONE)
        }
        table.pointee.drain = { state, context in
            guard let state, let context else { return Int32(ROOST_INVALID) }
            Unmanaged<ForeignPlugin>.fromOpaque(state).takeUnretainedValue().drain()
            var reply = roost_reply()
            reply.struct_size = UInt32(MemoryLayout<roost_reply>.size)
            HostTable.pointer.pointee.reply?(context, &reply)
            return Int32(ROOST_DONE)
        }
        return UnsafePointer(table)
    }

    private static func invoke(
        _ plugin: ForeignPlugin,
        _ invocation: roost_invocation,
        _ context: OpaquePointer
    ) {
        if invocation.body_complete != 0 {
            return call(plugin, invocation, invocation.body.raw, context)
        }
        var body = [UInt8](invocation.body.raw)
        guard readRest(of: &body, context) else { return }
        body.withUnsafeBytes { call(plugin, invocation, $0, context) }
    }

    /// Waits for the rest of a long body; false when the caller has gone.
    private static func readRest(of body: inout [UInt8], _ context: OpaquePointer) -> Bool {
        let host = HostTable.pointer.pointee
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = host.read?(context, &piece, piece.count) ?? Int64(ROOST_GONE)
            switch count {
            case 0: return true
            case Int64(ROOST_WOULD_BLOCK): host.pump?(context)
            case 1...: body.append(contentsOf: piece[..<Int(count)])
            default: return false
            }
        }
    }

    private static func call(
        _ plugin: ForeignPlugin,
        _ invocation: roost_invocation,
        _ body: UnsafeRawBufferPointer,
        _ context: OpaquePointer
    ) {
        let request = ForeignRequest(
            body: body,
            contentType: invocation.content_type.raw,
            query: invocation.query.raw
        )
        let answer = plugin.call(Int(invocation.function), request)
        var reply = roost_reply()
        reply.struct_size = UInt32(MemoryLayout<roost_reply>.size)
        reply.status = UInt32(answer.status)
        lend(answer.contentType) { type in
            lend(answer.failure?.kind ?? "") { kind in
                lend(answer.failure?.words ?? "") { words in
                    plugin.body.withUnsafeBufferPointer { bytes in
                        reply.failed = answer.failure == nil ? 0 : 1
                        reply.content_type = type
                        reply.error_type = kind
                        reply.error_message = words
                        reply.body = roost_bytes(data: bytes.baseAddress, count: bytes.count)
                        HostTable.pointer.pointee.reply?(context, &reply)
                    }
                }
            }
        }
    }

    private static func lend(_ text: String, _ body: (roost_bytes) -> Void) {
        var text = text
        text.withUTF8 { body(roost_bytes(data: $0.baseAddress, count: $0.count)) }
    }
}
