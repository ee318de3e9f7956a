/// Puts versions of plugins into service.
///
/// Implemented by `FunctionDispatch`; called by the catalog, for one plugin one call at a time, for
/// different plugins also at the same time.
public protocol VersionInstaller: Sendable {
    /// Validates the manifest and its routes, then switches all routes of the plugin to this version
    /// in one step and lets the version before drain.
    ///
    /// Returns when the next request reaches the new version. After a throw the version before is
    /// still in service.
    ///
    /// - Throws: `PluginRefusal` with the reason, in words.
    func install(_ version: PluginVersion) async throws

    /// The same, where the caller knows whether a worker should start before the switch.
    ///
    /// - Parameters:
    ///   - version: The version.
    ///   - warm: Whether a worker has to start first; without, the first call starts one.
    /// - Throws: `PluginRefusal` with the reason, in words.
    func install(_ version: PluginVersion, warm: Bool) async throws

    /// Takes all routes of a plugin away and lets it drain; returns before that is over.
    ///
    /// Nothing happens when there is none.
    func remove(plugin: String) async

    /// Returns when no version of this content is draining any more: until then workers for what it
    /// was given may have to be started from its image.
    func released(contentHash: String) async
}

extension VersionInstaller {
    /// Returns at once, for installers that drain nothing.
    public func released(contentHash: String) async {}
}

/// Says in source terms where a crash happened.
///
/// Implemented by `PluginCatalog`.
public protocol FrameSymboliser: Sendable {
    /// Fills in symbol and location of the frames that lie in the plugin's own image (`image` empty)
    /// as far as they can be found within a bounded time; off the hot path.
    func symbolise(
        _ frames: [StackFrame],
        imagePath: String,
        contentHash: String
    ) async -> [StackFrame]
}
