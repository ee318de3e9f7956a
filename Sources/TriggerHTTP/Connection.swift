internal import FunctionModel
internal import NIOCore

/// One client's connection: runs the requests that the codec has understood, one after the other,
/// and writes the replies.
///
/// Lives on its channel's event loop.
final class Connection {
    /// What becomes of the connection.
    enum Mode {
        /// It takes requests.
        case open
        /// The last reply is being written.
        case closing
        /// The last reply is out; what the client still sends is dropped until it closes.
        case lingering
        /// It is gone.
        case closed
    }

    /// The request that is being answered; a class, because it is looked at too often to be copied.
    final class Current {
        let exchange: Exchange
        let head: RequestHead
        var state: ExchangeState
        var clock: BodyClock
        let function: RoutedFunction?
        var control: (any InvocationControl)?
        var collected = ByteBuffer()
        var budgeted = 0
        var window = BodyWindow()
        var ending = ReplyEnding.bodiless
        /// Whether the request is to be queued.
        let isAsync: Bool
        /// Whether the request has many invocations to be queued.
        let isBatch: Bool
        /// The invocation that the reply is about, where it isn't the request's own.
        var answersFor: InvocationID?
        /// Whether the reply had been given before.
        var isReplayed = false
        /// Waits for an answer that is of no use when the client leaves.
        var errand: Task<Void, Never>?

        init(
            exchange: Exchange,
            head: RequestHead,
            function: RoutedFunction?,
            limits: ListenerLimits,
            isAsync: Bool = false,
            isBatch: Bool = false
        ) {
            self.isAsync = isAsync
            self.isBatch = isBatch
            self.exchange = exchange
            self.head = head
            self.function = function
            state = ExchangeState(
                head: head,
                streams: !isAsync && function?.streamsRequest ?? false
            )
            clock = BodyClock(limits: limits)
        }

        /// Whether the function takes the body as it arrives.
        var streams: Bool { !isAsync && function?.streamsRequest ?? false }

        /// The largest body that is collected.
        var largestBody: ByteCount {
            if isBatch { return InvocationBatch.maximumBytes }
            let limit = function?.requestSize ?? ByteCount(bytes: 0)
            return isAsync ? min(limit, Connection.asyncBody) : limit
        }

        /// Lets go of the body with its part of the budget, which is now for whoever has taken the body
        /// to give back.
        func handBudgetOver() -> Int {
            collected = ByteBuffer()
            defer { budgeted = 0 }
            return budgeted
        }

        /// Whether the body is wanted by somebody.
        var wantsBody: Bool { function != nil || isBatch }

        /// Why a body is too large.
        var tooLarge: Problem {
            largestBody == function?.requestSize
                ? .bodyTooLarge(limit: largestBody) : .asyncBodyTooLarge(limit: largestBody)
        }
    }

    let context: ChannelHandlerContext
    let limits: ListenerLimits
    let invoker: any FunctionInvoker
    let desk: (any InvocationDesk)?
    let keys: (any KeyedCalls)?
    let resources: LoopResources
    let budget: BodyBudget
    let batches: BatchDoor
    var bound: NIOLoopBound<Connection> { NIOLoopBound(self, eventLoop: context.eventLoop) }

    var mode = Mode.open
    var current: Current?
    var backlog = CircularBuffer<RequestEvent>()
    var isWorkingOff = false
    var isDraining: Bool
    var inputIsClosed = false
    var headHasBegun = false
    var readIsHeld = false
    var timer = ConnectionTimer()
    var pendingAtLastCheck = 0

    init(
        context: ChannelHandlerContext,
        limits: ListenerLimits,
        invoker: any FunctionInvoker,
        desk: (any InvocationDesk)? = nil,
        keys: (any KeyedCalls)? = nil,
        resources: LoopResources,
        budget: BodyBudget,
        batches: BatchDoor,
        isDraining: Bool
    ) {
        self.context = context
        self.limits = limits
        self.invoker = invoker
        self.desk = desk
        self.keys = keys
        self.resources = resources
        self.budget = budget
        self.batches = batches
        self.isDraining = isDraining
    }

    // MARK: What the codec says

    /// Takes the next event; one that belongs to a later request waits its turn.
    func receive(_ event: RequestEvent) {
        guard case .open = mode else { return }
        if backlog.isEmpty, canTake(event) {
            take(event)
        } else {
            backlog.append(event)
        }
    }

    /// The socket has been read; bytes that gave no event are the beginning of a head.
    func receiveCompleted() {
        guard case .open = mode, current == nil, backlog.isEmpty, !headHasBegun, !inputIsClosed
        else { return }
        headHasBegun = true
        setDeadline(.now() + limits.headerTime)
    }

    /// Works off what waits, as far as it can.
    func workOff() {
        guard !isWorkingOff else { return }
        isWorkingOff = true
        defer { isWorkingOff = false }
        while case .open = mode, let event = backlog.first, canTake(event) {
            backlog.removeFirst()
            take(event)
        }
        if case .open = mode, current == nil, backlog.isEmpty, inputIsClosed { closeAfterWrites() }
        resumeReading()
    }

    private func canTake(_ event: RequestEvent) -> Bool {
        switch event {
        case .head: current == nil && context.channel.isWritable
        case .refused: current == nil || current?.state.inputIsOpen == true
        case .body, .end: current?.state.inputIsOpen == true
        }
    }

    private func take(_ event: RequestEvent) {
        switch event {
        case .head(let head): begin(head)
        case .body(let piece): add(piece)
        case .end: endInput()
        case .refused(let problem): refuse(problem)
        }
    }

    // MARK: Back-pressure

    /// Whether the socket should be read.
    var wantsRead: Bool {
        switch mode {
        case .closing, .lingering, .closed: return true
        case .open: break
        }
        if backlog.count >= limits.pipelinedPieces { return false }
        return !(current?.window.isFull ?? false)
    }

    /// Reads on when reading was held back and need not be any longer.
    func resumeReading() {
        guard readIsHeld, wantsRead else { return }
        readIsHeld = false
        if let now = current, now.state.inputIsOpen {
            now.clock.restart(now: .now())
            awaitBody(after: 0)
        }
        context.read()
    }
}
