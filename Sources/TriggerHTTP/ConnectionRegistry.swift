internal import NIOCore
private import Synchronization

/// Knows every open connection, so that there are not too many and all can be told to end.
final class ConnectionRegistry: Sendable {
    /// What becomes of a new connection.
    enum Admission: Sendable {
        /// It is served.
        case admitted
        /// It is served once: the listener is about to stop.
        case draining
        /// It is told that there are too many.
        case overLimit
        /// It is closed without a word.
        case refused
    }

    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isDraining = false
        var whenEmpty: EventLoopPromise<Void>?
    }

    /// How many more connections than allowed are told so at one time.
    private static let polite = 64

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    /// The number of open connections.
    var count: Int { state.withLock { $0.channels.count } }

    /// Adds a connection until it closes.
    func admit(_ channel: any Channel) -> Admission {
        let admission = state.withLock { state -> Admission in
            guard state.channels.count < limit + Self.polite else { return .refused }
            let isOver = state.channels.count >= limit
            state.channels[ObjectIdentifier(channel)] = channel
            return isOver ? .overLimit : state.isDraining ? .draining : .admitted
        }
        if case .refused = admission { return admission }
        channel.closeFuture.whenComplete { _ in self.remove(channel) }
        return admission
    }

    /// Tells all connections to end after their reply; succeeds the promise when none is left.
    func drain(_ whenEmpty: EventLoopPromise<Void>) {
        let (channels, isEmpty) = state.withLock { state in
            state.isDraining = true
            if state.channels.isEmpty { return ([any Channel](), true) }
            if let earlier = state.whenEmpty {
                earlier.futureResult.cascade(to: whenEmpty)
            } else {
                state.whenEmpty = whenEmpty
            }
            return (Array(state.channels.values), false)
        }
        if isEmpty { whenEmpty.succeed() }
        for channel in channels {
            channel.pipeline.fireUserInboundEventTriggered(HTTP1Handler.Drain())
        }
    }

    /// Closes what is left.
    func closeAll() {
        let channels = state.withLock { Array($0.channels.values) }
        for channel in channels { channel.close(promise: nil) }
    }

    private func remove(_ channel: any Channel) {
        let promise = state.withLock { state -> EventLoopPromise<Void>? in
            state.channels[ObjectIdentifier(channel)] = nil
            guard state.channels.isEmpty, state.isDraining else { return nil }
            defer { state.whenEmpty = nil }
            return state.whenEmpty
        }
        promise?.succeed()
    }
}
