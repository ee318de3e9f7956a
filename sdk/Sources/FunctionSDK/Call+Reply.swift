extension Call {
    /// Ends the invocation with a value's bytes.
    func succeed(
        status: Int = 0,
        contentType: String,
        headers: Headers = [:],
        body: UnsafeRawBufferPointer
    ) {
        contentType.lent { type in
            headers.lent { fields, count in
                var reply = Self.emptyReply(status: UInt32(clamping: status))
                // What follows a streamed response is its end and nothing else.
                if !isResponding {
                    reply.content_type = type
                    reply.headers = fields
                    reply.header_count = count
                    reply.body = roost_bytes(body)
                }
                send(&reply)
            }
        }
    }

    /// Ends the invocation without a body.
    func succeedWithoutBody() {
        var reply = Self.emptyReply(status: 0)
        send(&reply)
    }

    /// Ends the invocation with what went wrong.
    func fail(_ error: any Error) {
        if let reason = nothingToDo(error) {
            // The event that tells of the file as it is now does the work.
            FunctionLogger(call: self).info("nothing was done: \(reason)")
            return succeedWithoutBody()
        }
        let failure = Failure(error)
        failure.kind.lent { kind in
            failure.message.lent { message in
                failure.headers.lent { fields, count in
                    var reply = Self.emptyReply(status: UInt32(clamping: failure.status))
                    reply.failed = 1
                    reply.retryable = failure.retryable ? 1 : 0
                    reply.headers = fields
                    reply.header_count = count
                    reply.error_type = kind
                    reply.error_message = message
                    send(&reply)
                }
            }
        }
    }

    /// Why there was nothing to do for the files of the event; `nil` where something went wrong.
    ///
    /// Of a batch others may be left, so it fails, and is tried again without those that have changed.
    private func nothingToDo(_ error: any Error) -> String? {
        guard !isResponding else { return nil }
        if let nothing = error as? NothingLeft { return nothing.description }
        guard isOfOneFile, case .superseded(let message)? = error as? FileError else { return nil }
        return message
    }

    /// Begins a streamed response; false when it had begun.
    func startStream(status: Int, contentType: String, headers: Headers) throws -> Bool {
        try checkCancellation()
        guard beginResponding() else { return false }
        guard let start = host.pointee.start else { throw HostError.unsupported("streaming") }
        let code = contentType.lent { type in
            headers.lent { fields, count in
                var head = Self.emptyReply(status: UInt32(clamping: status))
                head.content_type = type
                head.headers = fields
                head.header_count = count
                return start(context, &head)
            }
        }
        if code == Code.gone { throw CancellationError() }
        if code < 0 { throw HostError.refused("starting the response", code) }
        return true
    }

    static func emptyReply(status: UInt32) -> roost_reply {
        var reply = roost_reply()
        reply.struct_size = UInt32(MemoryLayout<roost_reply>.size)
        reply.status = status
        return reply
    }

    private func send(_ reply: inout roost_reply) {
        guard end() else { return }
        host.pointee.reply?(context, &reply)
        releaseWaiters()
    }
}
