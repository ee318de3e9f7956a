internal import CFunctionABI
internal import FunctionSDK
internal import Synchronization

/// The table of C functions that a test host gives to plugins: the same contract as in production.
enum HostTable {
    /// A C callback with its argument, as a value that can be kept.
    private struct Callback: Sendable {
        let function: roost_callback?
        let argument: UInt

        init(_ function: roost_callback?, _ argument: UnsafeMutableRawPointer?) {
            self.function = function
            self.argument = UInt(bitPattern: argument)
        }

        func run() { function?(UnsafeMutableRawPointer(bitPattern: argument)) }
    }

    /// Makes a table; it lives as long as the process, as plugins may assume.
    static func make() -> HostAPI {
        var table = roost_host_api()
        table.abi_version = UInt32(ROOST_ABI_VERSION)
        table.struct_size = UInt32(MemoryLayout<roost_host_api>.size)
        addBodies(to: &table)
        addWaiting(to: &table)
        addSurroundings(to: &table)
        addFiles(to: &table)
        let pointer = UnsafeMutablePointer<roost_host_api>.allocate(capacity: 1)
        pointer.initialize(to: table)
        return HostAPI(pointer)
    }

    private static func addBodies(to table: inout roost_host_api) {
        table.reply = { context, reply in
            guard let call = TestCall.of(context), let reply else { return }
            call.checkThread("reply")
            call.reply(reply.pointee)
        }
        table.read = { context, target, capacity in
            guard let call = TestCall.of(context) else { return Int64(ROOST_INVALID) }
            call.checkThread("read")
            return call.read(into: target, capacity: capacity)
        }
        table.start = { context, head in
            guard let call = TestCall.of(context), let head else { return Int32(ROOST_INVALID) }
            call.checkThread("start")
            return call.start(head.pointee)
        }
        table.write = { context, piece in
            guard let call = TestCall.of(context) else { return Int32(ROOST_INVALID) }
            call.checkThread("write")
            return call.write([UInt8](piece.span))
        }
    }

    private static func addWaiting(to table: inout roost_host_api) {
        table.remaining_ns = { context in
            TestCall.of(context).map { Int64(($0.deadline - $0.loop.now) / .nanoseconds(1)) } ?? 0
        }
        table.cancelled = { context in
            guard let call = TestCall.of(context) else { return 0 }
            call.checkDeadline()
            return call.state.withLock { $0.cancelled?.rawValue ?? UInt32(ROOST_NOT_CANCELLED) }
        }
        table.when = { context, events, function, argument in
            guard let call = TestCall.of(context) else { return }
            call.checkThread("when")
            let callback = Callback(function, argument)
            call.when(events) { callback.run() }
        }
        table.pump = { context in
            guard let call = TestCall.of(context) else { return }
            call.checkThread("pump")
            call.loop.step()
        }
        table.enqueue = { context, function, argument in
            let callback = Callback(function, argument)
            TestCall.of(context)?.loop.post { callback.run() }
        }
        table.timer = { context, delay, function, argument in
            guard let call = TestCall.of(context) else { return }
            call.checkThread("timer")
            let callback = Callback(function, argument)
            call.loop.schedule(after: .nanoseconds(delay)) { callback.run() }
        }
        table.executor = { context, words in
            guard let call = TestCall.of(context), let words else { return }
            // The cast keeps the call from opening the existential: both its words are wanted.
            (words[0], words[1]) = unsafeBitCast(
                call.loop as any TaskExecutor,
                to: (UInt, UInt).self
            )
        }
    }

    private static func addSurroundings(to table: inout roost_host_api) {
        table.log = { context, level, message, metadata, count in
            let fields = UnsafeBufferPointer(start: metadata, count: count)
            TestCall.of(context)?.log(
                TestLogLine(
                    level: FunctionLogger.Level(rawValue: level) ?? .error,
                    message: message.text,
                    metadata: Dictionary(
                        fields.map { ($0.name.text, $0.value.text) },
                        uniquingKeysWith: { $1 }
                    )
                )
            )
        }
        table.configuration = { context, key, value in
            HostTable.lookUp(TestCall.of(context)?.world.configuration[key.text], value)
        }
        table.secret = { context, key, value in
            HostTable.lookUp(TestCall.of(context)?.world.secrets[key.text], value)
        }
        table.invoke = { context, request, done, argument in
            guard let call = TestCall.of(context), let request else { return }
            call.checkThread("invoke")
            let argument = UInt(bitPattern: argument)
            if request.pointee.flags & UInt32(ROOST_CALL_QUEUED) != 0 {
                let queued = TestQueuedCall(request.pointee)
                let answer = call.store.accept(queued, called: call.functionName)
                return call.loop.post { HostTable.answer(done, argument, answer) }
            }
            call.invoke(request.pointee.name.text, [UInt8](request.pointee.payload.span)) {
                HostTable.answer(done, argument, $0, $1)
            }
        }
        table.emit = { context, event, done, argument in
            guard let call = TestCall.of(context), let event else { return }
            call.checkThread("emit")
            let argument = UInt(bitPattern: argument)
            let answer = call.store.accept(TestEmittedEvent(event.pointee))
            call.loop.post { HostTable.answer(done, argument, answer) }
        }
        table.state = { context, request, done, argument in
            guard let call = TestCall.of(context), let request else { return }
            call.checkThread("state")
            let argument = UInt(bitPattern: argument)
            let answer = call.store.state(request.pointee, of: call.functionName, at: call.loop.now)
            call.loop.post { HostTable.answer(done, argument, answer) }
        }
        table.lock = { context, request, done, argument in
            guard let call = TestCall.of(context), let request else { return }
            call.checkThread("lock")
            let argument = UInt(bitPattern: argument)
            call.lock(request.pointee) { HostTable.answer(done, argument, $0) }
        }
    }

    static func answer(
        _ done: roost_done?,
        _ argument: UInt,
        _ answer: TestStore.Answer
    ) {
        lend(answer.body) { payload in
            lend(Array(answer.problem.utf8)) { message in
                var result = roost_result()
                result.struct_size = UInt32(MemoryLayout<roost_result>.size)
                result.status = answer.status
                result.payload = payload
                result.error_message = message
                result.number = answer.number
                result.expires_unix_ns = answer.expires
                done?(UnsafeMutableRawPointer(bitPattern: argument), &result)
            }
        }
    }

    private static func answer(
        _ done: roost_done?,
        _ argument: UInt,
        _ response: Response,
        _ problem: String
    ) {
        lend(Array(response.contentType.utf8)) { type in
            lend(response.body) { payload in
                lend(Array(problem.utf8)) { message in
                    var result = roost_result()
                    result.struct_size = UInt32(MemoryLayout<roost_result>.size)
                    result.status = UInt32(response.status)
                    result.content_type = type
                    result.payload = payload
                    result.error_message = message
                    done?(UnsafeMutableRawPointer(bitPattern: argument), &result)
                }
            }
        }
    }

    private static func lend(_ bytes: [UInt8], _ body: (roost_bytes) -> Void) {
        bytes.withUnsafeBufferPointer { body(roost_bytes(data: $0.baseAddress, count: $0.count)) }
    }

    private static func lookUp(
        _ text: String?,
        _ value: UnsafeMutablePointer<roost_bytes>?
    ) -> Int32 {
        guard let text, let value else { return Int32(ROOST_UNSUPPORTED) }
        value.pointee = Interned.bytes(text)
        return 0
    }
}

/// Texts that are lent for as long as the process lives.
private enum Interned {
    private struct Place: Sendable {
        let address: UInt
        let count: Int
    }

    private static let table = Mutex<[String: Place]>([:])

    static func bytes(_ text: String) -> roost_bytes {
        let place = table.withLock { table in
            if let place = table[text] { return place }
            let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.utf8.count)
            _ = copy.initialize(from: text.utf8)
            let place = Place(address: UInt(bitPattern: copy.baseAddress), count: copy.count)
            table[text] = place
            return place
        }
        return roost_bytes(data: UnsafePointer(bitPattern: place.address), count: place.count)
    }
}
