internal import CCell
internal import CFunctionABI
internal import CellProtocol

/// What a running invocation asks of the host, which answers later, on this thread.
extension Worker {
    /// How many requests may be under way; the host ends a worker with more.
    static let openCalls = 64
    /// How many may wait until others are answered.
    static let waitingCalls = 4_096

    /// Calls another function, or has the host queue a call.
    func call(_ call: roost_call, _ done: PluginCall) {
        let isQueued = call.flags & UInt32(ROOST_CALL_QUEUED) != 0
        var request = HostRequest(operation: isQueued ? 2 : 1, name: call.name.text)
        request.contentType = call.content_type.text
        request.timeout = max(0, call.timeout_ns)
        if isQueued {
            request.add("delay", call.delay_ns, unless: 0)
            request.add("expiry", call.expiry_ns, unless: 0)
            request.add("priority", Int64(call.priority), unless: 0)
            request.add("attempts", Int64(call.attempts), unless: 0)
            request.add("orderingKey", call.ordering_key)
            request.add("idempotencyKey", call.idempotency_key)
        }
        ask(request, call.payload.raw, done)
    }

    /// Emits an event.
    func emit(_ event: roost_event, _ done: PluginCall) {
        var request = HostRequest(operation: 3, name: event.type.text)
        request.contentType = event.content_type.text
        let attributes = Self.fields(event.attributes, min(event.attribute_count, 64))
        request.options = attributes
        ask(request, event.data.raw, done)
    }

    /// Reads or changes a value of the function's own.
    func state(_ request: roost_state_request, _ done: PluginCall) {
        var asked = HostRequest(operation: 0, name: request.key.text)
        switch request.operation {
        case UInt32(ROOST_STATE_GET): asked.operation = 4
        case UInt32(ROOST_STATE_PUT):
            asked.operation = 5
            asked.add("lifetime", request.ttl_ns, unless: 0)
            asked.add("expected", request.expected, unless: Int64(ROOST_VERSION_ANY))
        case UInt32(ROOST_STATE_REMOVE):
            asked.operation = 6
            asked.add("expected", request.expected, unless: Int64(ROOST_VERSION_ANY))
        default: return Self.refuse(done, 400, "there is no such operation on state")
        }
        ask(asked, asked.operation == 5 ? request.value.raw : .init(start: nil, count: 0), done)
    }

    /// Takes, renews or releases a lock.
    func lock(_ request: roost_lock_request, _ done: PluginCall) {
        var asked = HostRequest(operation: 0, name: request.name.text)
        switch request.operation {
        case UInt32(ROOST_LOCK_ACQUIRE):
            asked.operation = 7
            asked.add("lifetime", request.ttl_ns)
            asked.add("wait", request.wait_ns, unless: 0)
        case UInt32(ROOST_LOCK_RENEW):
            asked.operation = 8
            asked.add("lifetime", request.ttl_ns)
            asked.add("token", request.token)
        case UInt32(ROOST_LOCK_RELEASE):
            asked.operation = 9
            asked.add("token", request.token)
        default: return Self.refuse(done, 400, "there is no such operation on locks")
        }
        ask(asked, .init(start: nil, count: 0), done)
    }

    func ask(
        _ request: HostRequest,
        _ payload: UnsafeRawBufferPointer,
        _ done: PluginCall
    ) {
        guard run.sequence != 0 else { return Self.refuse(done, 0, "only an invocation can ask") }
        _ = needLoop()
        cell_touch(payload.baseAddress, payload.count)
        guard run.calls.count >= Self.openCalls else { return send(request, payload, done) }
        guard run.waiting.count < Self.waitingCalls else {
            return Self.refuse(done, 429, "too much is asked of the host at a time")
        }
        run.waiting.append(WaitingRequest(request: request, payload: [UInt8](payload), done: done))
    }

    private func send(
        _ request: HostRequest,
        _ payload: UnsafeRawBufferPointer,
        _ done: PluginCall
    ) {
        nextCall &+= 1
        let number = nextCall
        let (slot, sequence) = (run.slot, run.sequence)
        run.calls[number] = done
        if request.operation == Self.openFile { run.opening[number] = Run.Opening() }
        send(body: payload) { writer in
            CallFrame.write(
                to: &writer,
                slot: slot,
                sequence: sequence,
                number: number,
                operation: request.operation,
                timeout: request.timeout,
                name: request.name,
                contentType: request.contentType,
                options: request.options,
                bodyCount: payload.count
            )
        }
    }

    static func refuse(_ done: PluginCall, _ status: UInt32, _ message: StaticString) {
        var result = roost_result()
        result.struct_size = UInt32(MemoryLayout<roost_result>.size)
        result.status = status
        result.error_message = roost_bytes(
            data: message.utf8Start,
            count: message.utf8CodeUnitCount
        )
        done.function(done.argument, &result)
    }

    /// Sends what waited for an answer.
    func sendWaiting() {
        guard !run.waiting.isEmpty else { return }
        let next = run.waiting.removeFirst()
        next.payload.withUnsafeBytes { send(next.request, $0, next.done) }
    }

    /// Hands the host's answer to whoever waits for it, and sends what waited for that.
    func answer(_ frame: AnswerFrame, _ payload: UnsafeRawBufferPointer) {
        if mustWaitForFile(frame) { return }
        guard let done = run.calls.removeValue(forKey: frame.call) else { return }
        sendWaiting()
        func bytes(_ range: Range<Int>) -> roost_bytes {
            let base = payload.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return roost_bytes(data: base.map { $0 + range.lowerBound }, count: range.count)
        }
        var result = roost_result()
        result.struct_size = UInt32(MemoryLayout<roost_result>.size)
        result.status = UInt32(frame.status)
        result.content_type = bytes(frame.contentType)
        result.payload = bytes(frame.body)
        result.number = frame.number
        result.expires_unix_ns = frame.expires
        if frame.status >= 400 || frame.status == 0 { result.error_message = bytes(frame.body) }
        done.function(done.argument, &result)
    }
}

/// What is asked of the host, beside the payload; operations and options are numbered and named as
/// in the host's `HostOperation` and `HostOption`.
struct HostRequest {
    var operation: UInt8
    var name: String
    var contentType = ""
    var timeout: Int64 = 0
    var options: [(name: String, value: String)] = []

    init(operation: UInt8, name: String) {
        self.operation = operation
        self.name = name
    }

    mutating func add(_ option: String, _ value: Int64, unless absent: Int64? = nil) {
        if value != absent { options.append((option, String(value))) }
    }

    mutating func add(_ option: String, _ value: roost_bytes) {
        if value.count > 0 { options.append((option, value.text)) }
    }
}

/// A request that waits until another one has been answered.
struct WaitingRequest {
    let request: HostRequest
    let payload: [UInt8]
    let done: PluginCall
}

extension UnsafePointer {
    /// The plugin's struct as this host knows it: what an older plugin's lacks is zero.
    ///
    /// - Precondition: the struct begins with its size, 32 bits wide.
    func whole(_ empty: Pointee) -> Pointee {
        var copy = empty
        let raw = UnsafeRawPointer(self)
        let size = min(Int(raw.load(as: UInt32.self)), MemoryLayout<Pointee>.size)
        withUnsafeMutableBytes(of: &copy) {
            $0.copyMemory(from: UnsafeRawBufferPointer(start: raw, count: size))
        }
        return copy
    }
}
