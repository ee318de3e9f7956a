internal import FunctionModel

/// Where one request and its reply stand, and what becomes of the connection after them.
///
/// Decides only; the connection acts.
struct ExchangeState {
    /// What is done with the request's body.
    enum Input {
        /// It is kept until it is complete.
        case collecting
        /// It is handed on as it arrives.
        case streaming
        /// It is read and forgotten: the reply didn't need it.
        case skipping
        /// It has arrived.
        case complete
    }

    /// How far the reply is.
    enum Output: Equatable {
        /// Nothing has been sent.
        case waiting
        /// The head has been sent.
        case streaming
        /// All has been sent.
        case done
    }

    /// What to do when one side has come to its end.
    enum Step: Equatable {
        /// The other side isn't there yet.
        case wait
        /// Go on to the next request.
        case next
        /// Close when what has been written is out.
        case close
        /// Close, but let the client read the reply before it learns that its body was not read.
        case linger
    }

    private(set) var input: Input
    private(set) var output = Output.waiting
    /// Body bytes announced and not yet received; `nil` when nobody knows.
    private var remaining: Int?
    private var persistent: Bool

    init(head: RequestHead, streams: Bool) {
        persistent = head.keepsAlive
        switch head.framing {
        case .none: (input, remaining) = (.collecting, 0)
        case .length(let bytes): (input, remaining) = (streams ? .streaming : .collecting, bytes)
        case .chunked: (input, remaining) = (streams ? .streaming : .collecting, nil)
        }
    }

    /// Whether the client has still something to send.
    var inputIsOpen: Bool {
        if case .complete = input { false } else { true }
    }

    /// A piece of the body has arrived.
    mutating func received(_ bytes: Int) { remaining = remaining.map { $0 - bytes } }

    /// The reply begins; returns whether the connection goes on after it.
    mutating func replyBegins(draining: Bool, skippable: Int, endsWithClose: Bool) -> Bool {
        output = .streaming
        if draining || endsWithClose { persistent = false }
        if inputIsOpen, !canSkip(skippable) { persistent = false }
        return persistent
    }

    /// The request is complete.
    mutating func inputEnds() -> Step {
        input = .complete
        guard output == .done else { return .wait }
        return persistent ? .next : .close
    }

    /// The reply is complete.
    mutating func replyEnds() -> Step {
        output = .done
        guard inputIsOpen else { return persistent ? .next : .close }
        guard persistent else { return .linger }
        input = .skipping
        return .wait
    }

    private func canSkip(_ skippable: Int) -> Bool { (remaining ?? .max) <= skippable }
}
