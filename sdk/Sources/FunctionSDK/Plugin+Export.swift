extension Plugin {
    /// Hands the plugin to the host; the only statement of a plugin's entry.
    ///
    /// - Returns: `nil`, which refuses to start, when the host offers an older contract.
    public func export(to host: HostAPI) -> PluginPointer? {
        guard host.pointee.abi_version >= UInt32(ROOST_ABI_VERSION),
            Int(host.pointee.struct_size) >= Self.smallestTable
        else { return nil }
        // Plugin, manifest and state live as long as the image, which is never unloaded.
        let exported = ExportedPlugin(self, host: host)
        let pointer = UnsafeMutablePointer<roost_plugin>.allocate(capacity: 1)
        pointer.initialize(
            to: roost_plugin(
                abi_version: UInt32(ROOST_ABI_VERSION),
                struct_size: UInt32(MemoryLayout<roost_plugin>.size),
                manifest: Self.keepForever(ManifestWriter(self).text),
                state: Unmanaged.passRetained(exported).toOpaque(),
                load: load == nil ? nil : { ExportedPlugin.of($0)?.load($1) ?? Code.invalid },
                drain: drain == nil ? nil : { ExportedPlugin.of($0)?.drain($1) ?? Code.invalid },
                invoke: { ExportedPlugin.of($0)?.invoke($1, $2) ?? Code.invalid }
            )
        )
        return PluginPointer(pointer)
    }

    /// What every host of this contract offers; what came later is looked for when it is used.
    private static var smallestTable: Int {
        MemoryLayout<roost_host_api>.offset(of: \.file) ?? MemoryLayout<roost_host_api>.size
    }

    private static func keepForever(_ text: String) -> roost_bytes {
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.utf8.count)
        _ = copy.initialize(from: text.utf8)
        return roost_bytes(data: copy.baseAddress, count: copy.count)
    }
}

/// A plugin as the host calls it, through C functions and an opaque state.
final class ExportedPlugin: Sendable {
    private let runners: [Runner]
    private let loadRunner: Runner?
    private let drainRunner: Runner?
    nonisolated(unsafe) private let host: HostAPI

    init(_ plugin: Plugin, host: HostAPI) {
        runners = plugin.functions.map(\.runner)
        loadRunner = plugin.load?.runner()
        drainRunner = plugin.drain?.runner()
        self.host = host
    }

    static func of(_ state: UnsafeMutableRawPointer?) -> ExportedPlugin? {
        state.map { Unmanaged<ExportedPlugin>.fromOpaque($0).takeUnretainedValue() }
    }

    func load(_ context: OpaquePointer?) -> Int32 { run(loadRunner, nil, context) }

    func drain(_ context: OpaquePointer?) -> Int32 { run(drainRunner, nil, context) }

    func invoke(_ event: UnsafePointer<roost_invocation>?, _ context: OpaquePointer?) -> Int32 {
        guard let event else { return Code.invalid }
        let index = Int(event.pointee.function)
        return run(runners.indices.contains(index) ? runners[index] : nil, event, context)
    }

    private func run(
        _ runner: Runner?,
        _ event: UnsafePointer<roost_invocation>?,
        _ context: OpaquePointer?
    ) -> Int32 {
        guard let runner, let context else { return Code.invalid }
        return runner.run(Call(host: host, context: context, event: event))
    }
}
