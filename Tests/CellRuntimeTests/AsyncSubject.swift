/// A plugin in Swift whose functions suspend; the event's body says what one does.
enum AsyncSubject {
    static let entry = "roost_plugin_async"
    static func path() throws -> String { try PluginCompiler.buildSwift(source) }

    private static let source = """
        import Glibc

        @_silgen_name("gettid") func threadNumber() -> Int32
        nonisolated(unsafe) var host: UnsafePointer<roost_host_api>!
        nonisolated(unsafe) var table: UnsafeMutablePointer<roost_plugin>!
        nonisolated(unsafe) var sink = 0
        nonisolated(unsafe) var leftovers = 0

        @inline(never) @_optimize(none) func spin() { sink &+= 1 }

        actor Counter {
            var count = 0
            func add() -> Int32 { count += 1; return threadNumber() }
        }

        func reply(_ context: OpaquePointer, _ text: String) {
            var text = text
            text.withUTF8 { bytes in
                var reply = roost_reply()
                reply.struct_size = UInt32(MemoryLayout<roost_reply>.size)
                reply.body = roost_bytes(data: bytes.baseAddress, count: bytes.count)
                host.pointee.reply(context, &reply)
            }
        }

        func pause(_ milliseconds: UInt64) async {
            try? await Task.sleep(nanoseconds: milliseconds * 1_000_000)
        }

        /// Where each kind of suspension resumes: a word for every one that leaves the thread.
        func strays(_ me: Int32) async -> String {
            var strays: [String] = []
            func check(_ word: String, _ thread: Int32) { if thread != me { strays.append(word) } }
            check("body", threadNumber())
            await Task.yield()
            check("yield", threadNumber())
            check("actor", await Counter().add())
            await pause(2)
            check("sleep", threadNumber())
            try? await Task.sleep(for: .milliseconds(2))
            check("clock", threadNumber())
            check("task", await Task { threadNumber() }.value)
            check("task-sleep", await Task { await pause(2); return threadNumber() }.value)
            check("detached", await Task.detached { threadNumber() }.value)
            check("detached-sleep", await Task.detached { await pause(2); return threadNumber() }.value)
            check("detached-clock", await Task.detached {
                try? await Task.sleep(for: .milliseconds(2)); return threadNumber() }.value)
            check("detached-twice", await Task.detached {
                await pause(1); await pause(1); await Task.yield(); return threadNumber() }.value)
            check("detached-actor", await Task.detached { await pause(1); return await Counter().add() }.value)
            let group = await withTaskGroup(of: Int32.self) { group in
                for index in 0..<4 {
                    group.addTask { if index % 2 == 0 { await pause(1) }; return threadNumber() }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            for thread in group { check("group", thread) }
            async let child = threadNumber()
            check("async-let", await child)
            return strays.isEmpty ? "none" : strays.joined(separator: " ")
        }

        func handle(_ command: String, _ context: OpaquePointer, _ me: Int32) async {
            switch command {
            case "strays": reply(context, await strays(me))
            case "sleep": await pause(1_000_000)
            case "deaf": while true { await pause(1) }
            case "children":
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 { group.addTask { while true { await pause(1) } } }
                }
            case "spinning":
                await withTaskGroup(of: Void.self) { group in
                    for index in 0..<4 {
                        group.addTask { if index == 2 { while true { spin() } } else { await pause(10_000) } }
                    }
                }
            case "detached-spin": await Task.detached { await pause(1); while true { spin() } }.value
            case "detached-deaf": await Task.detached { while true { await pause(1) } }.value
            case "trap": await pause(1); sink = [1][sink + 5]
            case "race":
                let first = await withTaskGroup(of: String.self) { group in
                    group.addTask { await pause(10); return "second" }
                    group.addTask { "first" }
                    defer { group.cancelAll() }
                    return await group.next() ?? "none"
                }
                reply(context, first)
            case "leave":
                Task.detached { for _ in 0..<5 { await pause(1); leftovers += 1 } }
                reply(context, "left")
            case "leave-spinning":
                Task.detached { await pause(1); while true { spin() } }
                reply(context, "left")
            case "count": reply(context, "\\(leftovers)")
            default: reply(context, "?")
            }
        }

        @_cdecl("roost_plugin_async") public func entry(
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
                let command = String(decoding: body, as: UTF8.self)
                var words: (UInt, UInt) = (0, 0)
                withUnsafeMutableBytes(of: &words) {
                    host.pointee.executor(context, $0.bindMemory(to: UInt.self).baseAddress)
                }
                let executor = unsafeBitCast(words, to: (any TaskExecutor).self)
                let me = threadNumber()
                nonisolated(unsafe) let held = context
                Task(executorPreference: executor) { await handle(command, held, me) }
                return Int32(ROOST_PENDING)
            }
            return UnsafePointer(table)
        }
        """
}
