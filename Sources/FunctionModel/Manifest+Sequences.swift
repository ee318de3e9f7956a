extension FunctionManifest {
    /// The most functions that one sequence may have.
    public static let maximumSteps = 16

    /// The full names of the functions that it consists of; empty where it isn't a sequence.
    public func steps(in plugin: String) -> [FunctionName] {
        (sequence ?? []).compactMap { step in
            do { return try FunctionName(step.contains(".") ? step : "\(plugin).\(step)") } catch {
                // Validated before.
                return nil
            }
        }
    }
}

extension FunctionDefinition {
    /// The functions that it consists of; empty where it isn't a sequence.
    public var steps: [FunctionName] {
        manifest.sequence == nil ? [] : manifest.steps(in: name.plugin)
    }
}

extension Manifest {
    /// A sequence names functions, of its own plugin only such as are there, and never itself.
    func validateSequence(
        of function: FunctionManifest,
        _ names: Set<String>,
        _ place: String
    ) throws(PluginRefusal) {
        guard let sequence = function.sequence else { return }
        let place = "the sequence '\(function.name)' of \(place)"
        guard (1...FunctionManifest.maximumSteps).contains(sequence.count) else {
            throw .badManifest(
                "\(place) has \(sequence.count) functions; it may have 1 to "
                    + "\(FunctionManifest.maximumSteps)"
            )
        }
        guard function.streaming?.request != true, function.streaming?.response != true else {
            throw .badManifest("\(place) can't stream: each step's output is taken whole")
        }
        for step in sequence {
            let name: FunctionName
            do { name = try FunctionName(step.contains(".") ? step : "\(plugin).\(step)") } catch {
                throw .badManifest("\(place): \(error)")
            }
            guard name.plugin != plugin || name.function != function.name else {
                throw .badManifest("\(place) contains itself")
            }
            guard name.plugin != plugin || names.contains(name.function) else {
                throw .badManifest("\(place) names '\(step)', which the plugin doesn't have")
            }
        }
    }
}
