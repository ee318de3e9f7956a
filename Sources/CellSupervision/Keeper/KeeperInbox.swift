internal import FunctionModel
internal import NIOCore
internal import Platform
internal import Synchronization

/// What others ask of the keeper's thread.
enum KeeperCommand: Sendable {
    case start(WorkerPlan, any WorkerObserver, any EventLoop)
    case probe(ProbeRequest, any EventLoop)
    case notice(WorkerNotice, worker: UInt32, cell: Int)
    case probeEnded(cell: Int, Result<ProbeRequest.Finding, PluginRefusal>)
    case renew(cell: Int?, RenewalReason)
    case report(@Sendable (CellReport) -> Void)
    case shutdown(grace: Duration, @Sendable () -> Void)
}

/// The way to the keeper's thread from any other.
final class KeeperInbox: Sendable {
    let poll: EventPoll
    private let commands = Mutex<(list: [KeeperCommand], isClosed: Bool)>(([], false))

    init() throws(SystemCallError) { poll = try EventPoll() }

    /// Hands a command over; false when the keeper has ended.
    func post(_ command: KeeperCommand) -> Bool {
        let (taken, wasEmpty) = commands.withLock { commands in
            guard !commands.isClosed else { return (false, false) }
            commands.list.append(command)
            return (true, commands.list.count == 1)
        }
        if wasEmpty { poll.wake() }
        return taken
    }

    /// Takes what has been handed over.
    func take() -> [KeeperCommand] {
        commands.withLock { commands in
            defer { commands.list = [] }
            return commands.list
        }
    }

    /// Takes the last commands and no more after them.
    func close() -> [KeeperCommand] {
        commands.withLock { commands in
            defer { commands = ([], true) }
            return commands.list
        }
    }
}
