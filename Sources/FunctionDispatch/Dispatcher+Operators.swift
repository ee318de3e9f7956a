public import FunctionModel
public import NIOCore

extension Dispatcher {
    /// Runs a function for an operator, whatever its triggers, and waits for its end.
    ///
    /// A streamed response is gathered up to the function's limit. Cancelling the task cancels the
    /// invocation.
    ///
    /// - Throws: `HostOperationError` when no function has this full or short name.
    public func invoke(
        _ function: String,
        payload: ByteBuffer,
        contentType: String
    ) async throws(HostOperationError) -> OperatorInvocation {
        guard let entry = entry(named: function) else {
            throw HostOperationError(
                .notFound,
                "no function '\(function)' is served here; 'roost functions' lists those that are"
            )
        }
        var request = InvocationRequest(
            id: InvocationID(),
            function: entry.name,
            trigger: .operator,
            body: payload
        )
        request.contentType = contentType
        request.repeatable = entry.definition.manifest.idempotent ?? false
        let result = await run(request, entry.definition.quota.responseSize.bytes)
        return OperatorInvocation(
            id: request.id,
            function: entry.name,
            outcome: result.outcome,
            status: result.status,
            contentType: result.head?.contentType ?? "",
            body: result.body,
            error: result.error,
            usage: result.usage
        )
    }

    private func run(_ request: InvocationRequest, _ limit: Int) async -> InvocationResult {
        let (results, result) = AsyncStream.makeStream(of: InvocationResult.self)
        let caller = GatheringCaller { result.yield($0) }
        let control = invoke(request, observer: caller)
        caller.limit(limit, control)
        return await withTaskCancellationHandler {
            // A cancelled task's stream would end at once, so the end is waited for in another.
            await Task { await results.first { _ in true } }.value
                ?? InvocationResult(outcome: .cancelled)
        } onCancel: {
            control.cancel(.operator)
        }
    }
}
