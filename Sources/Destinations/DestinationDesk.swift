public import FunctionModel
internal import NIOCore

/// Says what is to be queued because an invocation has ended: one entry for each destination.
///
/// A report to a function runs it; reports to others are queued for functions of the host's own, so
/// that they have attempts, back-off and dead letters like everything else. A cancellation is
/// reported to nobody, and neither is the end of a chain that became too long.
public struct DestinationDesk: Sendable {
    /// Posts to the URL in its path.
    public static let post = own("post")
    /// Appends to the file in its path.
    public static let append = own("append")
    /// Publishes an event of the type in its path.
    public static let emit = own("emit")
    /// How often such a report is tried: about an hour.
    static let attempts = 16

    private let directory: any DeliveryDirectory
    private let now: @Sendable () -> WallTime

    /// Makes a desk.
    ///
    /// - Parameters:
    ///   - directory: Knows how functions are delivered to.
    ///   - now: The time of day.
    public init(
        directory: any DeliveryDirectory,
        now: @escaping @Sendable () -> WallTime
    ) {
        self.directory = directory
        self.now = now
    }

    /// What follows from a settlement.
    public func followUps(
        of claim: ClaimedInvocation,
        after settlement: Settlement
    ) -> [QueuedInvocation] {
        guard Self.hasDestinations(claim.invocation) else { return [] }
        var reason: DeadReason?
        switch settlement.end {
        case .cancelled: return []
        case .succeeded: break
        case .dead(let why): reason = why
        }
        return followUps(
            of: EndedInvocation(
                invocation: claim.invocation,
                reason: reason,
                attempts: claim.attempt,
                received: claim.received,
                ended: now(),
                result: settlement.result
            )
        )
    }

    /// What follows from a dead letter that the store made by itself: one that waited too long, or
    /// whose runner was never heard of again.
    public func followUps(of letter: DeadLetter) -> [QueuedInvocation] {
        guard let invocation = letter.invocation, Self.hasDestinations(invocation) else {
            return []
        }
        return followUps(
            of: EndedInvocation(
                invocation: invocation,
                reason: letter.reason,
                attempts: letter.attempts,
                received: letter.received,
                ended: letter.ended,
                error: letter.error
            )
        )
    }

    private static func hasDestinations(_ invocation: QueuedInvocation) -> Bool {
        let options = invocation.delivery
        return options.callback != nil || options.onSuccess != nil || options.onFailure != nil
    }

    private func followUps(of end: EndedInvocation) -> [QueuedInvocation] {
        guard end.reason != .tooDeep else { return [] }
        let options = end.invocation.delivery
        let chosen = end.reason == nil ? options.onSuccess : options.onFailure
        let destinations = [options.callback.map(Destination.url), chosen].compactMap { $0 }
        guard !destinations.isEmpty else { return [] }
        let report = EndReport(end).json()
        return destinations.flatMap { entries(for: $0, report, end) }
    }

    private func entries(
        for destination: Destination,
        _ report: ByteBuffer,
        _ end: EndedInvocation
    ) -> [QueuedInvocation] {
        switch destination {
        case .function(let name):
            var entry = entry(for: name, .call, report, end)
            entry.delivery = directory.delivery(of: name)
            return [entry]
        case .event(let type):
            return [hostEntry(Self.emit, "EMIT", type, report, end)]
        case .url(let url): return [hostEntry(Self.post, "POST", url, report, end)]
        case .file(let name):
            var line = report
            line.writeStaticString("\n")
            return [hostEntry(Self.append, "APPEND", name, line, end)]
        }
    }

    private func hostEntry(
        _ function: FunctionName,
        _ method: String,
        _ place: String,
        _ body: ByteBuffer,
        _ end: EndedInvocation
    ) -> QueuedInvocation {
        var entry = entry(for: function, .queue, body, end)
        entry.http = HTTPRequestHead(
            method: method,
            path: place,
            query: "",
            headers: [
                Field("roost-invocation-id", end.invocation.id.description),
                Field("roost-function", end.invocation.function.description),
                Field("roost-condition", end.condition),
                Field("roost-attempts", "\(end.attempts)"),
            ]
        )
        entry.delivery.maximumAttempts = Self.attempts
        return entry
    }

    private func entry(
        for function: FunctionName,
        _ trigger: TriggerKind,
        _ body: ByteBuffer,
        _ end: EndedInvocation
    ) -> QueuedInvocation {
        var entry = QueuedInvocation(function: function, trigger: trigger, body: body)
        entry.contentType = "application/json"
        entry.trace = end.invocation.trace.next()
        entry.depth = end.invocation.depth + 1
        return entry
    }

    private static func own(_ name: String) -> FunctionName {
        do { return try FunctionName(plugin: FunctionName.host, function: name) } catch {
            preconditionFailure("'\(name)' is a valid name")
        }
    }
}
