/// How a handler is run, its types already erased: decode, handle, reply.
enum Runner: Sendable {
    /// On the worker's thread, inside the host's call.
    case plain(@Sendable (Call) throws -> Void)
    /// As a task on the worker's executor; the host's call returns at the first suspension.
    case suspending(@Sendable (Call) async throws -> Void)

    /// Runs the handler; it has replied, or will.
    func run(_ call: Call) -> Int32 {
        switch self {
        case .plain(let body):
            do { try body(call) } catch { call.fail(error) }
            return Code.done
        case .suspending(let body):
            guard let executor = call.executor() else {
                call.fail(FunctionError(status: 501, message: "This host runs no async functions."))
                return Code.done
            }
            let task = Task(executorPreference: executor) {
                do { try await body(call) } catch { call.fail(error) }
            }
            call.when(.cancelled) { _ in task.cancel() }
            return Code.pending
        }
    }
}
