internal import FunctionModel
internal import NIOCore

/// Cells that ended by a fault of what ran in them.
extension DispatchState {
    /// How long ago a run may have ended to be the cause of what happens in its cell.
    private static let recent = TimeAmount.seconds(1)

    /// Finds who brought a cell to its end, and notes it.
    mutating func note(
        _ incident: CellIncident,
        now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        guard incident.accuses else { return }
        let running = incident.suspects.compactMap { suspect($0) }
        let before = incident.isDedicated ? [] : ran(in: incident.cell, now)
        let blame = Blame(running: running, before: before)
        for suspect in blame.suspects { accuse(suspect, incident, blame.isProven, now, &out) }
    }

    /// Counts the incident for a suspect of a version that is still served.
    private mutating func suspect(_ suspect: CellIncident.Suspect) -> Blame.Suspect? {
        guard
            let pool = pools.firstIndex(where: {
                $0.phase == .serving && $0.version.contentHash == suspect.contentHash
                    && $0.version.manifest.plugin == suspect.plugin
            })
        else { return nil }
        guard let function = suspect.function else {
            pools[pool].incidents += 1
            let runs = pools[pool].gates.reduce(0) { $0 + $1.goodRuns }
            return Blame.Suspect(
                pool: pool,
                gate: nil,
                runs: runs,
                incidents: pools[pool].incidents
            )
        }
        guard let gate = pools[pool].gates.firstIndex(where: { $0.definition.name == function })
        else { return nil }
        pools[pool].gates[gate].incidents += 1
        return self.suspect(pool, gate)
    }

    func suspect(_ pool: Int, _ gate: Int) -> Blame.Suspect {
        Blame.Suspect(
            pool: pool,
            gate: gate,
            runs: pools[pool].gates[gate].goodRuns,
            incidents: max(1, pools[pool].gates[gate].incidents)
        )
    }

    /// Functions whose last run in a cell ended just now.
    func ran(in cell: Int, _ now: NIODeadline) -> [Blame.Suspect] {
        pools.indices.filter { pools[$0].phase == .serving }.flatMap { pool in
            pools[pool].gates.indices.compactMap { gate in
                guard let last = pools[pool].gates[gate].last, last.cell == cell,
                    now - last.ended < Self.recent
                else { return nil }
                return suspect(pool, gate)
            }
        }
    }

    private mutating func accuse(
        _ suspect: Blame.Suspect,
        _ incident: CellIncident,
        _ isProven: Bool,
        _ now: NIODeadline,
        _ out: inout DispatchActions
    ) {
        let gates = pools[suspect.pool].gates
        let gate = suspect.gate ?? gates.firstIndex { $0.definition.onCrash == .backoff } ?? 0
        if suspect.gate != nil {
            pools[suspect.pool].gates[gate].endedItsCell(now, isProven: isProven)
        }
        let place: CrashPlace = incident.isDedicated ? .apart : isProven ? .lostCell : .shared
        noteCrash(suspect.pool, gate, place, now, &out)
    }
}
