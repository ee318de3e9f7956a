import FunctionSDK
import FunctionTesting
import Testing

private let plugin = Plugin("slow") {
    Function("loops") { (body: RawRequest, context) -> String in
        while !context.isCancelled {}
        return context.cancelReason.map { "\($0)" } ?? ""
    }
    Function("waits") { (body: RawRequest, context) async throws -> String in
        do {
            try await Task.sleep(for: .seconds(600))
            return "slept"
        } catch {
            return context.cancelReason.map { "\($0)" } ?? "cancelled"
        }
    }
    Function("children") { (body: RawRequest, context) async throws -> Int in
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<5 {
                group.addTask {
                    do { try await Task.sleep(for: .seconds(600)) } catch { return true }
                    return false
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
    }
    Function("sleeps") { (body: RawRequest, context) in
        while true { try context.sleep(for: .seconds(1)) }
    }
    Function("sleeps-async") { (body: RawRequest, context) async throws in
        while true { try await context.sleep(for: .seconds(1)) }
    }
    Function("outlives") { (body: RawRequest, context) async throws -> String in
        Task.detached {
            do { try await Task.sleep(for: .milliseconds(1)) } catch {}
            context.logger.info("too late")
        }
        return context.functionName
    }
    Function("next") { (body: RawRequest, context) in "next" }
}

@Suite struct CancellationTests {
    @Test(arguments: [CancelReason.caller, .timeout, .drain, .operator])
    func aLoopSeesTheReason(reason: CancelReason) async throws {
        let invocation = try TestHost(plugin).start("loops")
        invocation.cancel(reason)
        #expect(await invocation.reply().text == "\(reason)")
    }

    @Test func cancellationReachesATaskThatSleeps() async throws {
        let invocation = try TestHost(plugin).start("waits")
        invocation.cancel(.drain)
        #expect(await invocation.reply().text == "drain")
    }

    @Test func cancellationReachesChildTasks() async throws {
        let invocation = try TestHost(plugin).start("children")
        invocation.cancel()
        #expect(try await invocation.reply().decode(Int.self) == 5)
    }

    @Test(arguments: ["sleeps", "sleeps-async"])
    func theDeadlineCancels(function: String) async throws {
        let host = try TestHost(plugin, world: TestWorld(timeout: .seconds(5)))
        let reply = await host.invoke(function)
        #expect(reply.failed)
        #expect(reply.errorType == "CancellationError")
    }

    @Test func advancingTheClockPassesTheDeadline() async throws {
        let host = try TestHost(plugin, world: TestWorld(timeout: .seconds(5)))
        let invocation = host.start("loops")
        host.advance(by: .seconds(6))
        #expect(await invocation.reply().text == "timeout")
    }

    @Test func aTaskThatOutlivesItsInvocationDoesNoHarm() async throws {
        let host = try TestHost(plugin)
        let reply = await host.invoke("outlives")
        #expect(reply.text == "slow.outlives")
        #expect(await host.invoke("next").text == "next")
    }

    @Test func invocationsRunOneAfterAnother() async throws {
        let host = try TestHost(plugin)
        let first = host.start("waits")
        let second = host.start("next")
        first.cancel()
        #expect(await second.reply().text == "next")
        #expect(await first.reply().text == "caller")
    }
}
