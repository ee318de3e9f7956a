internal import CFunctionABI
internal import FunctionSDK

/// What a plugin's entry gave, and how it is called.
struct PluginUnderTest: Sendable {
    // Never written after the entry; lives as long as the process.
    nonisolated(unsafe) let pointer: PluginPointer

    /// The plugin's start-up; `nil` when it has none.
    var load: (@Sendable (OpaquePointer) -> Int32)? {
        guard pointer.pointee.load != nil else { return nil }
        return { context in
            pointer.pointee.load?(pointer.pointee.state, context) ?? Int32(ROOST_INVALID)
        }
    }

    /// What the plugin does at a worker's end; `nil` when that is nothing.
    var drain: (@Sendable (OpaquePointer) -> Int32)? {
        guard pointer.pointee.drain != nil else { return nil }
        return { context in
            pointer.pointee.drain?(pointer.pointee.state, context) ?? Int32(ROOST_INVALID)
        }
    }

    /// Handles an event.
    func invoke(_ event: LentEvent, _ context: OpaquePointer) -> Int32? {
        pointer.pointee.invoke?(pointer.pointee.state, event.pointer, context)
    }
}
