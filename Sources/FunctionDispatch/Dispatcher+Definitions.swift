public import FunctionModel
internal import Synchronization

/// What other triggers want to know of the functions that are served.
extension Dispatcher {
    /// The functions that are served now and not switched off, ordered by name.
    public func servedDefinitions() -> [FunctionDefinition] {
        table.withLock { $0.enabled }.map(\.definition)
    }

    /// Tells whenever other functions are served than before, or with other settings, after it has
    /// happened; many may listen, and none may wait.
    public func followDefinitions(_ listener: @escaping @Sendable () -> Void) {
        definitionListeners.withLock { $0.append(listener) }
    }

    func definitionsChanged() {
        for listener in definitionListeners.withLock({ $0 }) { listener() }
    }
}
