internal import FunctionModel
internal import NIOCore
internal import NIOHTTP1

/// Joins a channel, the codec and a connection.
final class HTTP1Handler: ChannelInboundHandler, ChannelOutboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Tells a connection that the host wants to stop.
    struct Drain: Sendable {}

    private let limits: ListenerLimits
    private let invoker: any FunctionInvoker
    private let desk: (any InvocationDesk)?
    private let keys: (any KeyedCalls)?
    private let resources: LoopResources
    private let budget: BodyBudget
    private let batches: BatchDoor
    private let admission: ConnectionRegistry.Admission
    private let translation: HTTP1Translation
    private var connection: Connection?
    private var isBroken = false

    init(
        limits: ListenerLimits,
        invoker: any FunctionInvoker,
        desk: (any InvocationDesk)? = nil,
        keys: (any KeyedCalls)? = nil,
        resources: LoopResources,
        budget: BodyBudget,
        batches: BatchDoor,
        admission: ConnectionRegistry.Admission
    ) {
        self.limits = limits
        self.invoker = invoker
        self.desk = desk
        self.keys = keys
        self.resources = resources
        self.budget = budget
        self.batches = batches
        self.admission = admission
        translation = HTTP1Translation(limits: limits)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let connection = Connection(
            context: context,
            limits: limits,
            invoker: invoker,
            desk: desk,
            keys: keys,
            resources: resources,
            budget: budget,
            batches: batches,
            isDraining: admission == .draining
        )
        self.connection = connection
        if context.channel.isActive { begin(connection) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        connection?.channelClosed()
        connection = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        if let connection { begin(connection) }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        connection?.channelClosed()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isBroken else { return }
        connection?.receive(translation.event(unwrapInboundIn(data)))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        connection?.receiveCompleted()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { connection?.workOff() }
        context.fireChannelWritabilityChanged()
    }

    func read(context: ChannelHandlerContext) {
        guard let connection, !connection.wantsRead else {
            context.read()
            return
        }
        connection.readIsHeld = true
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is Drain: connection?.drain()
        case ChannelEvent.inputClosed: connection?.clientClosedInput()
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isBroken else { return }
        isBroken = true
        guard let problem = translation.problem(error) else {
            context.close(promise: nil)
            return
        }
        connection?.receive(.refused(problem))
    }

    private func begin(_ connection: Connection) {
        if admission == .overLimit {
            connection.refuse(.tooManyConnections(limits.connections))
        } else {
            // A drain doesn't wait long for one that came after it had begun, and may send nothing.
            let patience = admission == .draining ? .seconds(1) : limits.idleTime
            connection.setDeadline(.now() + patience)
        }
    }
}
