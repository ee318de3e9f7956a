internal import FunctionModel
internal import Logging
internal import Platform

/// What a cell is started with: its variables, and what a dedicated one may reach.
extension CellKeeper {
    /// The variables of a dedicated cell.
    ///
    /// What the plugin was granted is looked up now, links and all, and handed over without any; a
    /// path that has come to lead to the host's own places since it was checked is left out.
    func environment(cell: Int, dedicatedTo plan: WorkerPlan) -> [String: String] {
        let permissions = plan.permissions
        var variables = configuration.environment(
            cell: cell,
            kind: "dedicated",
            plugin: plan.version.manifest.plugin
        )
        variables["ROOST_CELL_NET"] = permissions.network ? "1" : "0"
        variables["ROOST_CELL_SPAWN"] = permissions.subprocesses ? "1" : "0"
        variables["ROOST_CELL_READ"] = resolved(permissions.read, plan).joined(separator: "\n")
        variables["ROOST_CELL_WRITE"] = resolved(permissions.write, plan).joined(separator: "\n")
        if permissions.network {
            variables["ROOST_CELL_DENIED_PORTS"] = configuration.deniedPorts()
                .map(String.init).joined(separator: ",")
        }
        return variables
    }

    private func resolved(_ paths: [String], _ plan: WorkerPlan) -> [String] {
        paths.compactMap { path in
            switch configuration.pathGuard.resolve(path) {
            case .success(let resolved): return resolved
            case .failure(let problem):
                logger.error(
                    "\(plan.version.manifest.plugin) is not given \(path): \(problem)"
                )
                return nil
            }
        }
    }
}
