internal import FunctionModel

/// A function as requests find it: what it is, and which pool of workers serves it.
final class FunctionEntry: Sendable {
    let definition: FunctionDefinition
    let version: PluginVersion
    /// The pool of the version.
    let pool: PoolID
    /// Its gate within the pool.
    let gate: Int
    let meter: FunctionMeter

    init(
        definition: FunctionDefinition,
        version: PluginVersion,
        pool: PoolID,
        gate: Int,
        meter: FunctionMeter
    ) {
        self.definition = definition
        self.version = version
        self.pool = pool
        self.gate = gate
        self.meter = meter
    }

    var name: FunctionName { definition.name }

    /// Whether it consists of other functions.
    var isSequence: Bool { definition.manifest.sequence != nil }

    /// Whether `ANY /functions/{name}` reaches it: with an HTTP trigger, with no trigger at all, or
    /// declared public.
    var isCallableByName: Bool {
        definition.manifest.public ?? false || definition.triggers.isEmpty
            || definition.triggers.contains { $0.http != nil }
    }

    /// What a trigger gets to know.
    func routed(parameters: [Field], allowed: [String]) -> RoutedFunction {
        RoutedFunction(
            name: name,
            parameters: parameters,
            requestSize: definition.quota.requestSize,
            streamsRequest: definition.manifest.streaming?.request ?? false,
            idempotent: definition.manifest.idempotent ?? false,
            allowed: allowed
        )
    }
}

/// Names the pool of one version of a plugin; never used again for another.
struct PoolID: Hashable, Sendable {
    /// Where it stands in the table of pools.
    let index: Int
    /// Which use of that place it is.
    let generation: Int
}
