/// A plugin in Swift that gives work to queues and to the main actor; the event's body says which.
enum DispatchSubject {
    static let entry = "roost_plugin_dispatch"
    static func path() throws -> String { try PluginCompiler.buildSwift(source) }

    private static let source = """
        import Dispatch
        import Glibc

        nonisolated(unsafe) var host: UnsafePointer<roost_host_api>!
        nonisolated(unsafe) var table: UnsafeMutablePointer<roost_plugin>!
        nonisolated(unsafe) var sink = 0
        @_silgen_name("gettid") func threadNumber() -> Int32
        @inline(never) @_optimize(none) func spin() { sink &+= 1 }

        func reply(_ context: OpaquePointer, _ text: String) {
            var text = text
            text.withUTF8 { bytes in
                var reply = roost_reply()
                reply.struct_size = UInt32(MemoryLayout<roost_reply>.size)
                reply.body = roost_bytes(data: bytes.baseAddress, count: bytes.count)
                host.pointee.reply(context, &reply)
            }
        }

        @MainActor final class Screen {
            static let shared = Screen()
            var lines = 0
            func add() -> Int32 { lines += 1; return threadNumber() }
        }

        func handleOnMain(_ command: String, _ context: OpaquePointer) -> Int32 {
            let me = threadNumber()
            nonisolated(unsafe) let held = context
            switch command {
            case "main":
                DispatchQueue.main.async { reply(held, threadNumber() == me ? "own thread" : "elsewhere") }
            case "main-after":
                DispatchQueue.main.asyncAfter(deadline: .now() + .milliseconds(3)) {
                    reply(held, threadNumber() == me ? "own thread" : "elsewhere")
                }
            case "main-actor":
                Task { @MainActor in
                    let first = Screen.shared.add()
                    try? await Task.sleep(nanoseconds: 1_000_000)
                    MainActor.assertIsolated()
                    let second = await Task.detached { await Screen.shared.add() }.value
                    reply(held, first == me && second == me ? "own thread" : "elsewhere")
                }
            default: reply(context, "?")
            }
            return Int32(ROOST_PENDING)
        }

        func handle(_ command: String, _ context: OpaquePointer) -> Int32 {
            if command.hasPrefix("main") { return handleOnMain(command, context) }
            let done = DispatchSemaphore(value: 0)
            nonisolated(unsafe) var result = 0
            switch command {
            case "global":
                DispatchQueue.global().async { result = 42; done.signal() }
                done.wait()
            case "serial":
                let queue = DispatchQueue(label: "serial")
                for _ in 0..<100 { queue.async { result += 1 } }
                queue.async(flags: .barrier) { done.signal() }
                done.wait()
            case "item":
                let item = DispatchWorkItem { result = 7 }
                DispatchQueue.global().async(execute: item)
                item.wait()
            case "group":
                let group = DispatchGroup()
                let lock = DispatchQueue(label: "lock")
                for _ in 0..<20 { DispatchQueue.global().async(group: group) { lock.sync { result += 1 } } }
                group.notify(queue: .global()) { result += 100; done.signal() }
                group.wait()
                done.wait()
            case "after":
                DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(3)) {
                    result = 3; done.signal()
                }
                done.wait()
            case "perform":
                let lock = DispatchQueue(label: "lock")
                DispatchQueue.concurrentPerform(iterations: 50) { index in lock.sync { result += index } }
            case "crash":
                DispatchQueue.global().async { sink = [1][sink &+ 5] }
                done.wait()
            case "memory":
                DispatchQueue.global().async {
                    var kept: [[UInt8]] = []
                    while true { kept.append([UInt8](repeating: 1, count: 100_000)) }
                }
                done.wait()
            case "burn":
                DispatchQueue.global().async { while true { spin() } }
                done.wait()
            case "stuck": done.wait()
            case "turns": DispatchQueue.concurrentPerform(iterations: 64) { _ in while true { spin() } }
            case "pieces":
                let queue = DispatchQueue(label: "pieces")
                for _ in 0..<100 { queue.async { usleep(200); spin() } }
            case "leave": DispatchQueue.global().async { while true { usleep(100); spin() } }
            case "leave-brief": DispatchQueue.global().async { usleep(3_000); spin() }
            default: result = -1
            }
            reply(context, String(result))
            return Int32(ROOST_DONE)
        }

        @_cdecl("roost_plugin_dispatch") public func entry(
            _ api: UnsafePointer<roost_host_api>
        ) -> UnsafePointer<roost_plugin>? {
            host = api
            table = .allocate(capacity: 1)
            table.initialize(to: roost_plugin())
            table.pointee.abi_version = UInt32(ROOST_ABI_VERSION)
            table.pointee.struct_size = UInt32(MemoryLayout<roost_plugin>.size)
            table.pointee.invoke = { _, event, context in
                guard let event, let context else { return Int32(ROOST_INVALID) }
                let body = UnsafeBufferPointer(start: event.pointee.body.data, count: event.pointee.body.count)
                return handle(String(decoding: body, as: UTF8.self), context)
            }
            return UnsafePointer(table)
        }
        """
}
