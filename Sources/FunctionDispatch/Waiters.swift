internal import FunctionModel

/// Who waits for something to come about, outside the state.
struct Waiters: Sendable {
    /// For a pool's first worker.
    var warm: [PoolID: @Sendable (PluginRefusal?) -> Void] = [:]
    /// For a pool to be gone.
    var drained: [PoolID: [@Sendable () -> Void]] = [:]
    /// For nothing to be under way.
    var quiet: [@Sendable () -> Void] = []
    /// Backtraces that are being read.
    var symbolising = 0
}
