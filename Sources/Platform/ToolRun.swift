internal import CPlatform

#if canImport(Glibc)
internal import Glibc
#endif

/// Runs a program of the system for its output, within bounds.
public enum ToolRun {
    /// Runs a program without a shell and returns what it wrote to its standard output.
    ///
    /// Blocks the calling thread. A program that takes too long is killed; output beyond the bound
    /// is cut.
    ///
    /// - Parameters:
    ///   - path: The program.
    ///   - arguments: What follows its name.
    ///   - timeout: How long it may take.
    ///   - limit: The most bytes of output that are read.
    /// - Returns: The output; `nil` when the program failed or took too long.
    /// - Throws: `SystemCallError` when it can't be started.
    public static func output(
        _ path: String,
        _ arguments: [String],
        timeout: Duration,
        limit: Int = 1 << 20
    ) throws(SystemCallError) -> [UInt8]? {
        let child = try Child(path, arguments)
        let output = child.read(until: .now + timeout, limit: limit)
        let isGood = child.end(within: output == nil ? .zero : .seconds(1))
        return isGood && output != nil ? output : nil
    }
}

/// One run of a program.
private struct Child: ~Copyable {
    private let process: pid_t
    private let output: Descriptor

    init(_ path: String, _ arguments: [String]) throws(SystemCallError) {
        var ends: [Int32] = [-1, -1]
        guard roost_pipe(&ends) == 0 else { throw SystemCallError("pipe") }
        let reading = Descriptor(owning: ends[0])
        process = try Self.spawn(path, arguments, output: Descriptor(owning: ends[1]))
        output = reading
    }

    private static func spawn(
        _ path: String,
        _ arguments: [String],
        output: Descriptor
    ) throws(SystemCallError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output.rawValue, 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The host may have signals blocked or ignored that a program counts on.
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP)
        )
        var words = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
        defer { for word in unsafe words { unsafe free(word) } }
        var process: pid_t = 0
        var environment: [UnsafeMutablePointer<CChar>?] = unsafe [nil]
        let code = unsafe posix_spawn(&process, path, &actions, &attributes, &words, &environment)
        guard code == 0 else { throw SystemCallError("posix_spawn(\(path))", code: code) }
        return process
    }

    /// Reads to the end of the output; `nil` when the time is up before.
    func read(until deadline: ContinuousClock.Instant, limit: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while bytes.count < limit {
            let left = (deadline - .now) / .milliseconds(1)
            guard left > 0 else { return nil }
            var descriptor = pollfd(fd: output.rawValue, events: Int16(POLLIN), revents: 0)
            guard poll(&descriptor, 1, Int32(min(left, 60_000)) + 1) > 0 else { continue }
            let count = unsafe buffer.withUnsafeMutableBytes { room in
                unsafe Glibc.read(output.rawValue, room.baseAddress, room.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return bytes }
            bytes += buffer[0..<count]
        }
        return bytes
    }

    /// Makes sure that it is gone; true when it ended well by itself.
    ///
    /// One that has closed its output needs a moment, more on a busy machine; one that has had its
    /// time gets none.
    consuming func end(within patience: Duration) -> Bool {
        let deadline = ContinuousClock.now + patience
        var status: Int32 = 0
        while ContinuousClock.now < deadline {
            let ended = waitpid(process, &status, WNOHANG)
            if ended == process { return status == 0 }
            if ended < 0 { return false }
            usleep(500)
        }
        // With whatever it started itself: its group is its own.
        kill(-process, SIGKILL)
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return false
    }
}
