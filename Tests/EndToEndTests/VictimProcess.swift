import Foundation
import Testing

/// One life of a `QueueVictim`, with what it wrote.
///
/// Blocks its thread: a life lasts some milliseconds, and thousands follow each other.
struct VictimProcess {
    let pid: pid_t
    private let output: Int32
    private var text: [UInt8] = []

    init(_ arguments: [String], failpoint: String? = nil, input: Int32 = 0) throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw TransportError("pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        if input != 0 { posix_spawn_file_actions_adddup2(&actions, input, 0) }
        let path = RoostProcess.products.appending(path: "QueueVictim").path
        var variables = ProcessInfo.processInfo.environment
        // Only a child of this very process heeds it.
        variables["ROOST_TEST_FAILPOINT"] = failpoint.map { "\($0):\(getpid())" }
        var argv = ([path] + arguments).map { strdup($0) } + [nil]
        var environment = variables.map { strdup("\($0)=\($1)") } + [nil]
        defer { for word in argv + environment { free(word) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, path, &actions, nil, &argv, &environment)
        close(ends[1])
        guard code == 0 else {
            close(ends[0])
            throw TransportError("posix_spawn \(path): \(code)")
        }
        self.pid = pid
        output = ends[0]
    }

    /// The lines that it has written.
    var lines: [Substring] {
        String(decoding: text, as: UTF8.self).split(separator: "\n")
    }

    /// Reads until a line begins so, or nothing more comes; false when it didn't come in time.
    mutating func read(until line: String?, within milliseconds: Int) -> Bool {
        let end = ContinuousClock.now + .milliseconds(milliseconds)
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            if let line, lines.contains(where: { $0.hasPrefix(line) }) { return true }
            let left = ContinuousClock.now.duration(to: end).components
            let wait = left.seconds * 1_000 + left.attoseconds / 1_000_000_000_000_000
            guard wait > 0 else { return false }
            var ready = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, Int32(wait)) > 0 else { continue }
            let count = Glibc.read(output, &buffer, buffer.count)
            guard count > 0 else { return line == nil }
            text += buffer.prefix(count)
        }
    }

    /// Waits for what is to end by itself; true when it did so well.
    mutating func endsWell() -> Bool { end(killing: false) == 0 }

    /// Kills it, unless it has been killed before, and reads the rest; returns its wait status.
    mutating func end(killing: Bool) -> Int32 {
        if killing { kill(pid, SIGKILL) }
        _ = read(until: nil, within: 60_000)
        close(output)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status
    }
}
