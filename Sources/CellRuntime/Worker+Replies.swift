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
}
