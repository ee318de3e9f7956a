internal import FunctionModel
internal import Synchronization

/// Hands the log lines of functions to whoever listens now.
///
/// A listener that doesn't keep up loses the oldest lines.
final class LogFeed: Sendable {
    /// How many lines wait for a slow listener.
    static let buffer = 1_024
    /// How many may listen at a time.
    static let maximumListeners = 64

    private let listeners = Mutex<(next: Int, all: [Int: AsyncStream<LogEvent>.Continuation])>(
        (0, [:])
    )

    /// Whether anybody listens.
    private let isHeard = Atomic<Bool>(false)

    /// Follows the log from now on; over at once when too many do.
    func listen() -> AsyncStream<LogEvent> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: LogEvent.self,
            bufferingPolicy: .bufferingNewest(Self.buffer)
        )
        let number = listeners.withLock { listeners -> Int? in
            guard listeners.all.count < Self.maximumListeners else { return nil }
            listeners.next += 1
            listeners.all[listeners.next] = continuation
            isHeard.store(true, ordering: .relaxed)
            return listeners.next
        }
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in self?.leave(number) }
        return stream
    }

    /// Hands a line on.
    func send(_ line: LogLine, of function: FunctionName, _ invocation: InvocationID) {
        guard isHeard.load(ordering: .relaxed) else { return }
        let event = LogEvent(
            time: line.time,
            level: line.level,
            source: "function",
            message: line.message,
            function: function,
            invocation: invocation,
            metadata: line.metadata
        )
        for listener in listeners.withLock({ Array($0.all.values) }) { listener.yield(event) }
    }

    private func leave(_ number: Int) {
        listeners.withLock { listeners in
            listeners.all[number] = nil
            isHeard.store(!listeners.all.isEmpty, ordering: .relaxed)
        }
    }
}
