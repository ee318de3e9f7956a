import CCell
import CellProtocol
import Glibc
import Testing

/// A real `roost-cell`, with the test in the host's place.
final class TestCell {
    let control: Int32
    let process: pid_t
    private(set) var enforced: [String] = []
    private(set) var missing: [String] = []
    /// Threads that ended workers have left, as far as has been heard.
    private(set) var leftThreads = 0
    private var nextWorker: UInt32 = 1
    private var pending: [CellMessage] = []

    init(environment: [String: String] = [:]) throws {
        var ends: [Int32] = [-1, -1]
        try check(
            socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | 0o2_000_000, 0, &ends),
            "socketpair"
        )
        // Out of the way of the descriptor that the cell expects it at.
        let theirs = fcntl(ends[1], F_DUPFD_CLOEXEC, 10)
        control = fcntl(ends[0], F_DUPFD_CLOEXEC, 10)
        close(ends[0])
        close(ends[1])
        process = try Self.spawn(theirs, environment)
        close(theirs)
        guard case .hello(let version, let enforced, let missing) = try next() else {
            throw Failure("no hello")
        }
        #expect(version == ControlChannel.protocolVersion)
        self.enforced = enforced
        self.missing = missing
    }

    deinit {
        close(control)
        var status: Int32 = 0
        for _ in 0..<20_000 where waitpid(process, &status, WNOHANG) == 0 { usleep(1_000) }
        if kill(process, 0) == 0 {
            Issue.record("the cell did not end with its control channel")
            kill(process, SIGKILL)
            waitpid(process, &status, 0)
        }
    }

    private static func spawn(
        _ channel: Int32,
        _ environment: [String: String]
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, channel, ControlChannel.descriptor)
        let path = try executable()
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(path), nil]
        var variables: [UnsafeMutablePointer<CChar>?] =
            environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in arguments + variables { free(pointer) } }
        var process: pid_t = 0
        let error = posix_spawn(&process, path, &actions, nil, &arguments, &variables)
        guard error == 0 else { throw Failure("posix_spawn(\(path)): \(error)") }
        return process
    }

    /// The executable that was built beside the tests.
    static func executable() throws -> String {
        var buffer = [CChar](repeating: 0, count: 4_096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(
            decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)),
            as: UTF8.self
        )
        let candidates = [
            path.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/roost-cell",
            ".build/debug/roost-cell",
        ]
        guard let found = candidates.first(where: { access($0, X_OK) == 0 }) else {
            throw Failure("roost-cell was not built; looked at \(candidates)")
        }
        return found
    }

    /// Whether the process is still the one that was started.
    var isAlive: Bool {
        var status: Int32 = 0
        return waitpid(process, &status, WNOHANG) == 0
    }

    /// Starts a worker for an image file.
    func start(
        _ image: String,
        entry: String = "roost_plugin",
        timeout: Duration = .seconds(10),
        configuration: [(function: Int, key: String, value: String)] = [],
        wantsManifest: Bool = false,
        memoryLimit: Int = 0,
        functionMemory: [Int] = [],
        background: Bool = false
    ) throws -> TestWorker {
        let worker = try TestWorker(id: nextWorker)
        nextWorker += 1
        let memory = try Self.memory(with: image)
        let message = HostMessage.start(
            worker: worker.id,
            plugin: "subject",
            entrySymbol: entry,
            startTimeout: UInt64(timeout / .nanoseconds(1))
        )
        let bytes = message.encoded()
        let error = cell_control_send(
            control,
            bytes,
            bytes.count,
            [memory, worker.theirChannel, worker.page],
            3
        )
        #expect(error == 0)
        close(memory)
        worker.handOver()
        var writer = FrameWriter()
        ConfigureFrame(
            entries: configuration,
            wantsManifest: wantsManifest,
            memoryLimit: UInt64(memoryLimit),
            functionMemoryLimits: functionMemory.map { UInt64($0) },
            allowsBackground: background
        ).write(to: &writer)
        try worker.send(writer.bytes)
        return worker
    }

    /// A copy of a file in memory, as the host makes one for each worker.
    static func memory(with path: String) throws -> Int32 {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        try check(file, "open(\(path))")
        defer { close(file) }
        let memory = cell_memory_file("image")
        try check(memory, "memfd_create")
        var status = stat()
        fstat(file, &status)
        var left = Int(status.st_size)
        while left > 0 {
            let count = sendfile(memory, file, nil, left)
            guard count > 0 else { throw Failure("sendfile") }
            left -= count
        }
        return memory
    }

    func send(_ message: HostMessage) {
        let bytes = message.encoded()
        #expect(cell_control_send(control, bytes, bytes.count, nil, 0) == 0)
    }

    /// The next message; fails when none comes.
    func next(within limit: Duration = .seconds(20)) throws -> CellMessage {
        try waitReadable(control, within: limit)
        var bytes = [UInt8](repeating: 0, count: ControlChannel.maximumPacket)
        let count = recv(control, &bytes, bytes.count, 0)
        guard count > 0 else { throw Failure("the cell closed its control channel") }
        return try CellMessage(bytes.span.bytes.extracting(0..<count))
    }

    /// Waits for a worker's end; returns the reasons for taints that came before.
    @discardableResult
    func awaitEnd(of worker: TestWorker) throws -> [String] {
        var taints: [String] = []
        while true {
            switch try next() {
            case .workerEnded(worker.id): return taints
            case .tainted(let reason): taints.append(reason)
            case .left(_, _, let threads): leftThreads += Int(threads)
            default: continue
            }
        }
    }
}

/// Something that a test relies on and that did not hold.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

func check(_ result: Int32, _ call: String) throws {
    guard result >= 0 else { throw Failure("\(call): \(String(cString: strerror(errno)))") }
}

func waitReadable(_ descriptor: Int32, within limit: Duration) throws {
    var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    let end = ContinuousClock.now + limit
    while true {
        let left = max(0, (end - .now) / .milliseconds(1))
        let count = poll(&item, 1, Int32(left))
        if count > 0 { return }
        if count < 0, errno == EINTR { continue }
        throw Failure("nothing came within \(limit)")
    }
}
