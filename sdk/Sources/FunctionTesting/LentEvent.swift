internal import CFunctionABI
internal import FunctionSDK

/// An event in the memory and the form in which a host lends it to a plugin.
final class LentEvent: Sendable {
    // Written here and in `deinit` only; the plugin reads.
    nonisolated(unsafe) let pointer: UnsafeMutablePointer<roost_invocation>
    nonisolated(unsafe) private var owned: [UnsafeMutableRawBufferPointer]

    init(_ event: TestEvent, function: Int, name: String, id: String, deadline: Duration) {
        var memory: [UnsafeMutableRawBufferPointer] = []
        func lend(_ bytes: some Collection<UInt8>) -> roost_bytes {
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
            copy.copyBytes(from: bytes)
            memory.append(copy)
            return roost_bytes(
                data: copy.baseAddress?.assumingMemoryBound(to: UInt8.self),
                count: copy.count
            )
        }
        func lend(_ fields: [(String, String)]) -> UnsafePointer<roost_field>? {
            let copy = UnsafeMutableRawBufferPointer.allocate(
                byteCount: MemoryLayout<roost_field>.stride * fields.count,
                alignment: MemoryLayout<roost_field>.alignment
            )
            memory.append(copy)
            let table = copy.bindMemory(to: roost_field.self)
            for (index, field) in fields.enumerated() {
                table.initializeElement(
                    at: index,
                    to: roost_field(name: lend(field.0.utf8), value: lend(field.1.utf8))
                )
            }
            return UnsafePointer(table.baseAddress)
        }
        var lent = roost_invocation()
        lent.struct_size = UInt32(MemoryLayout<roost_invocation>.size)
        lent.function = UInt32(function)
        lent.attempt = UInt32(event.attempt)
        lent.trigger = event.trigger.rawValue
        lent.id = lend(id.utf8)
        lent.name = lend(name.utf8)
        lent.deadline_ns = Int64(deadline / .nanoseconds(1))
        lent.content_type = lend(event.contentType.utf8)
        lent.traceparent = lend(event.traceparent.utf8)
        lent.tracestate = lend(event.tracestate.utf8)
        lent.method = lend(event.method.utf8)
        lent.path = lend(event.path.utf8)
        lent.query = lend(event.query.utf8)
        lent.headers = lend(event.headers.map { ($0.name.lowercased(), $0.value) })
        lent.header_count = event.headers.count
        lent.parameters = lend(event.parameters.map { ($0.key, $0.value) })
        lent.parameter_count = event.parameters.count
        lent.body = lend(event.pieces.first ?? [])
        lent.body_complete = event.pieces.count > 1 ? 0 : 1
        pointer = .allocate(capacity: 1)
        pointer.initialize(to: lent)
        owned = memory
    }

    deinit {
        pointer.deallocate()
        for part in owned { part.deallocate() }
    }
}
