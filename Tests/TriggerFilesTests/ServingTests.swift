import Foundation
import FunctionModel
import InvocationStore
import Logging
import Synchronization
import Testing

@testable import TriggerFiles

struct ServingTests {
    private func definition(_ directories: [String]) -> FunctionDefinition {
        var definition = FunctionDefinition.sample(FilesTriggerDeclaration(directory: "/"))
        definition.triggers = directories.map { directory in
            var trigger = TriggerDeclaration()
            trigger.files = FilesTriggerDeclaration(directory: directory)
            return trigger
        }
        return definition
    }

    /// Two that keep the same rows would be in each other's way.
    @Test func aWatchThatIsWantedAgainBeginsWhenTheOneBeforeHasEnded() async throws {
        let directories = [try WatchBench.makeDirectory(), try WatchBench.makeDirectory()]
        let (opened, opening) = AsyncStream.makeStream(of: String.self)
        let (gates, gate) = AsyncStream.makeStream(of: Void.self)
        // Waited for also by a task that is cancelled.
        let isOpen = Task { for await _ in gates {} }
        var store = StoreWithPauses(store: Stores.memory { WallTime(seconds: 1) })
        let first = Array(directories[0].utf8)
        store.beforeOpening = { directory in
            opening.yield(String(decoding: directory, as: UTF8.self))
            if directory == first { await isOpen.value }
        }
        let trigger = FilesTrigger(
            settings: FilesSettings(home: "/nowhere"),
            store: store,
            logger: Logger(label: "test") { _ in LogHand(log: Log()) },
            now: { WallTime(seconds: 1) }
        )
        let task = Task { await trigger.run() }
        var order = opened.makeAsyncIterator()
        trigger.serve([definition([directories[0]])])
        #expect(await order.next() == directories[0])
        trigger.serve([])
        trigger.serve([definition(directories)])
        // The other one, which began later, is not held up.
        #expect(await order.next() == directories[1])
        gate.finish()
        #expect(await order.next() == directories[0])
        task.cancel()
        await task.value
        for directory in directories { try FileManager.default.removeItem(atPath: directory) }
    }
}
