internal import FunctionModel
internal import Platform
internal import RoostCLI
internal import Synchronization

/// Where the host's own log lines go: standard error, one JSON object a line or plain text on a
/// terminal, and to whoever follows the log through the admin API.
final class HostLog: Sendable {
    /// Lines kept for those who ask later.
    private static let kept = 1_000

    private struct Memory {
        var events: [LogEvent] = []
        var listeners: [Int: AsyncStream<LogEvent>.Continuation] = [:]
        var nextListener = 0
    }

    private let memory = Mutex(Memory())
    private let isTerminal = StandardStream.error.isTerminal

    /// The latest events, oldest first.
    func recent(limit: Int) -> [LogEvent] { memory.withLock { Array($0.events.suffix(limit)) } }

    /// Follows the log from now on; who doesn't keep up loses the oldest events.
    func follow() -> AsyncStream<LogEvent> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: LogEvent.self,
            bufferingPolicy: .bufferingNewest(Self.kept)
        )
        let number = memory.withLock { memory in
            defer { memory.nextListener += 1 }
            memory.listeners[memory.nextListener] = continuation
            return memory.nextListener
        }
        continuation.onTermination = { [weak self] _ in
            self?.memory.withLock { _ = $0.listeners.removeValue(forKey: number) }
        }
        return stream
    }

    /// Keeps an event and tells the followers.
    func publish(_ event: LogEvent) {
        memory.withLock { memory in
            memory.events.append(event)
            if memory.events.count > 2 * Self.kept {
                memory.events.removeFirst(memory.events.count - Self.kept)
            }
            for listener in memory.listeners.values { listener.yield(event) }
        }
    }

    /// Writes a line of the host itself.
    func write(_ event: LogEvent) {
        publish(event)
        StandardStream.error.write(line: isTerminal ? event.text : event.json)
    }
}
