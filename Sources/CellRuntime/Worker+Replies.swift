internal import CCell
internal import CFunctionABI
internal import CellProtocol

extension Worker {
    /// Keeps the reply until the plugin's code has returned: only then is the invocation over.
    func reply(_ reply: roost_reply) {
        guard run.reply == nil else { return }
        let failed = reply.failed != 0
        var end = EndHead(code: failed ? .failed : .succeeded)
        guard let status = Self.status(reply.status, or: 0) else {
            return fail("badReply", "it replied with the status \(reply.status)")
        }
        end.status = status
        end.retryable = failed && reply.retryable != 0
        if failed {
            end.errorKind = reply.error_type.text
            end.errorMessage = reply.error_message.text
        }
        if !run.isStreaming {
            guard reply.body.count <= run.responseLimit else {
                return fail(
                    "responseTooLarge",
                    """
                    its response of \(reply.body.count) bytes is larger than the limit of \
                    \(run.responseLimit); stream it, or raise the limit
                    """
                )
            }
            end.contentType = reply.content_type.text
            end.headers = Self.fields(reply.headers, reply.header_count)
            run.replyBody = [UInt8](reply.body.raw)
        }
        run.reply = end
    }

    private func fail(_ kind: String, _ message: String) {
        var end = EndHead(code: .failed)
        end.errorKind = kind
        end.errorMessage = message
        run.reply = end
    }

    // MARK: Host calls

    /// Calls another function through the host; it answers later, on this thread.
    func call(_ call: roost_call, _ done: PluginCall) {
        guard run.sequence != 0 else { return Self.refuse(done, "only an invocation can call") }
        _ = needLoop()
        nextCall &+= 1
        let number = nextCall
        let (slot, sequence) = (run.slot, run.sequence)
        let name = call.name.text
        let contentType = call.content_type.text
        let payload = call.payload.raw
        cell_touch(payload.baseAddress, payload.count)
        run.calls[number] = done
        send(body: payload) { writer in
            CallFrame.write(
                to: &writer,
                slot: slot,
                sequence: sequence,
                number: number,
                operation: 1,
                timeout: max(0, call.timeout_ns),
                name: name,
                contentType: contentType,
                bodyCount: payload.count
            )
        }
    }

    private static func refuse(_ done: PluginCall, _ message: StaticString) {
        var result = roost_result()
        result.struct_size = UInt32(MemoryLayout<roost_result>.size)
        result.error_message = roost_bytes(
            data: message.utf8Start,
            count: message.utf8CodeUnitCount
        )
        done.function(done.argument, &result)
    }

    /// Hands the host's answer to whoever waits for it.
    func answer(_ frame: AnswerFrame, _ payload: UnsafeRawBufferPointer) {
        guard let done = run.calls.removeValue(forKey: frame.call) else { return }
        func bytes(_ range: Range<Int>) -> roost_bytes {
            let base = payload.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return roost_bytes(data: base.map { $0 + range.lowerBound }, count: range.count)
        }
        var result = roost_result()
        result.struct_size = UInt32(MemoryLayout<roost_result>.size)
        result.status = UInt32(frame.status)
        result.content_type = bytes(frame.contentType)
        result.payload = bytes(frame.body)
        if frame.status >= 400 || frame.status == 0 { result.error_message = bytes(frame.body) }
        done.function(done.argument, &result)
    }
}
