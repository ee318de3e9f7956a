internal import NIOCore
internal import NIOPosix
internal import Platform

#if canImport(Glibc)
internal import Glibc
#endif

/// The place of the admin socket: makes sure that it is ours to take.
struct AdminSocket: Sendable {
    let path: String

    /// The longest path that fits a `sockaddr_un`.
    static let longestPath = 107

    /// Clears the way for a new socket: removes one that a dead host left.
    ///
    /// - Throws: `AdminSetupError` when another host answers there, something else is in the way, or
    ///   others may enter the directory.
    func prepare(on group: any EventLoopGroup) async throws {
        guard path.utf8.count <= Self.longestPath else {
            throw AdminSetupError(
                "\(path) is longer than a socket's path may be (\(Self.longestPath) bytes): "
                    + "use a shorter --home"
            )
        }
        try checkDirectory()
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw AdminSetupError(
                "can't look at the admin socket: \(SystemCallError("lstat(\(path))"))"
            )
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw AdminSetupError("\(path) is in the way and not a socket: remove it")
        }
        if await answers(on: group) {
            throw AdminSetupError(
                "a host is already running with this home (it answers at \(path)): stop it, or use "
                    + "another --home"
            )
        }
        guard unlink(path) == 0 else {
            throw AdminSetupError(
                "can't remove an old socket: \(SystemCallError("unlink(\(path))"))"
            )
        }
    }

    /// Lets only the owner connect; until this has run the directory's 0700 does that.
    func protect() throws(SystemCallError) {
        guard chmod(path, 0o600) == 0 else { throw SystemCallError("chmod(\(path))") }
    }

    private func checkDirectory() throws {
        let directory = path.split(separator: "/", omittingEmptySubsequences: false)
            .dropLast().joined(separator: "/")
        var status = stat()
        guard stat(directory.isEmpty ? "." : directory, &status) == 0 else {
            throw AdminSetupError("can't look at \(directory): \(SystemCallError("stat"))")
        }
        guard status.st_mode & 0o022 == 0 else {
            throw AdminSetupError(
                "others may write to \(directory), where the admin socket is to be: "
                    + "run `chmod 700 \(directory)`"
            )
        }
    }

    /// Whether somebody says anything there.
    ///
    /// That a connection is taken says nothing yet: a process that a host has started holds a copy of
    /// its socket until it runs its own program, and may outlive the host by as much. Whoever is
    /// alive but silent still has the lock of its home, so nobody comes here beside it.
    private func answers(on group: any EventLoopGroup) async -> Bool {
        let answer = group.any().makePromise(of: Bool.self)
        do {
            let channel = try await ClientBootstrap(group: group)
                .connectTimeout(Self.patience)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(FirstWord(answer))
                    }
                }
                .connect(unixDomainSocketPath: path).get()
            let question = "GET /healthz HTTP/1.1\r\nHost: roost\r\nConnection: close\r\n\r\n"
            channel.writeAndFlush(ByteBuffer(string: question), promise: nil)
            let silence = channel.eventLoop.scheduleTask(in: Self.patience) {
                answer.succeed(false)
            }
            defer {
                silence.cancel()
                channel.close(promise: nil)
            }
            return try await answer.futureResult.get()
        } catch {
            answer.succeed(false)
            return false
        }
    }

    private static let patience = TimeAmount.seconds(2)
}

/// Notes whether anything comes from the other end before it is closed.
private final class FirstWord: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let answer: EventLoopPromise<Bool>

    init(_ answer: EventLoopPromise<Bool>) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { answer.succeed(true) }

    func channelInactive(context: ChannelHandlerContext) {
        answer.succeed(false)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer.succeed(false)
        context.close(promise: nil)
    }
}
