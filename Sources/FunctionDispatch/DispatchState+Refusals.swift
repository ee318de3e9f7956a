internal import FunctionModel
internal import NIOCore

extension DispatchState {
    /// Why a call is not even queued; `nil` when it is welcome.
    func refusal(
        _ pool: Int,
        _ gate: Int,
        _ request: InvocationRequest,
        _ now: NIODeadline
    ) -> InvocationResult? {
        if isStopped, request.depth == 0 { return Self.stopped }
        let limit = pools[pool].gates[gate].definition.quota.requestSize
        if request.body.readableBytes > limit.bytes {
            return payloadTooLarge(pool, gate, request.body.readableBytes, limit)
        }
        if pools[pool].isQuarantined { return quarantined(pool, gate) }
        if pools[pool].gates[gate].isBackingOff(now) { return backingOff(pool, gate, now) }
        if pools[pool].gates[gate].isSequence {
            return request.depth < DeliveryBounds.depth ? nil : tooDeep(pool, gate)
        }
        if pools[pool].alive == 0, let wait = pools[pool].startBackoff.remaining(now) {
            return cannotStart(pool, wait)
        }
        return nil
    }

    /// The host is going away.
    static let stopped = InvocationResult.rejected(
        .draining,
        "the host is stopping; try again in a moment",
        retryAfter: restartTime
    )

    /// How long a host may be away for, as far as it can know: what replaces it has to start.
    static let restartTime = Duration.seconds(5)

    /// A caller over HTTP is told before its body is taken in; others come here with theirs.
    private func payloadTooLarge(
        _ pool: Int,
        _ gate: Int,
        _ bytes: Int,
        _ limit: ByteCount
    ) -> InvocationResult {
        .rejected(
            .payloadTooLarge,
            "the payload for function '\(name(pool, gate))' has \(bytes) bytes; it takes \(limit), "
                + "its limit 'requestSize'"
        )
    }

    private func tooDeep(_ pool: Int, _ gate: Int) -> InvocationResult {
        .rejected(
            .tooDeep,
            "'\(name(pool, gate))' can't run: \(DeliveryBounds.depth) functions stand on the way "
                + "already"
        )
    }

    func queueFull(_ pool: Int, _ gate: Int, _ waiting: Int) -> InvocationResult {
        .rejected(
            .queueFull,
            "function '\(name(pool, gate))' has \(pools[pool].gates[gate].running) invocations "
                + "running and \(waiting) waiting, as many as may",
            retryAfter: drainEstimate(pool, gate, waiting)
        )
    }

    func rateLimited(_ pool: Int, _ gate: Int, _ wait: TimeAmount) -> InvocationResult {
        let rate = pools[pool].gates[gate].definition.quota.ratePerMinute ?? 0
        let words = rate % 60 == 0 ? "\(rate / 60) a second" : "\(rate) a minute"
        return .rejected(
            .rateLimited,
            "function '\(name(pool, gate))' may begin \(words), and as many have",
            retryAfter: .nanoseconds(wait.nanoseconds)
        )
    }

    func queueTimeout(_ pool: Int, _ gate: Int, _ waited: TimeAmount) -> InvocationResult {
        .rejected(
            .queueTimeout,
            "function '\(name(pool, gate))' had no worker free within "
                + "\(waited.nanoseconds / 1_000_000) ms",
            retryAfter: drainEstimate(pool, gate, pools[pool].gates[gate].queue.count)
        )
    }

    func backingOff(_ pool: Int, _ gate: Int, _ now: NIODeadline) -> InvocationResult {
        let wait = pools[pool].gates[gate].pause(now) ?? .zero
        let reason =
            switch pools[pool].gates[gate].cause {
            case .errors(let percent): "failed in \(percent) of 100 calls"
            case .crashes(1), nil: "has crashed"
            case .crashes(let count): "has crashed \(count) times lately"
            }
        return .rejected(
            .backingOff,
            "function '\(name(pool, gate))' \(reason) and is not run for another "
                + "\(wait.nanoseconds / 1_000_000) ms",
            retryAfter: .nanoseconds(wait.nanoseconds)
        )
    }

    func quarantined(_ pool: Int, _ gate: Int) -> InvocationResult {
        let plugin = pools[pool].version.manifest.plugin
        return .rejected(
            .quarantined,
            "plugin '\(plugin)' kept crashing in a cell of its own and is not run any more; deploy "
                + "another version, or run 'roost resume \(plugin)'"
        )
    }

    func cannotStart(_ pool: Int, _ wait: TimeAmount) -> InvocationResult {
        let reason = pools[pool].startProblem.map { ": \($0.message)" } ?? ""
        return .rejected(
            .cannotStart,
            "no worker of plugin '\(pools[pool].version.manifest.plugin)' could be started\(reason)",
            retryAfter: .nanoseconds(wait.nanoseconds)
        )
    }

    /// An end that the host decides.
    func result(
        _ call: Int,
        _ outcome: Outcome,
        _ message: String,
        _ now: NIODeadline
    )
        -> InvocationResult
    {
        var usage = Usage()
        let isAssigned = calls[call].job != nil
        let waitEnd = isAssigned ? calls[call].assigned : now
        usage.queued = Duration(waitEnd - calls[call].received)
        if isAssigned { usage.run = Duration(now - calls[call].assigned) }
        let error = InvocationError(
            kind: outcome.rawValue,
            message: message,
            retryable: outcome == .lost || outcome == .timedOut,
            retryAfter: outcome == .cancelled ? retryTime(call) : nil
        )
        return InvocationResult(outcome: outcome, error: error, usage: usage)
    }

    func cancelled(_ call: Int, _ reason: CancelReason, _ now: NIODeadline) -> InvocationResult {
        switch reason {
        case .timeout: result(call, .timedOut, "its time was up before it could run", now)
        case .caller, .answered: result(call, .cancelled, "the caller has gone", now)
        case .drain: result(call, .cancelled, "the host or this version is going away", now)
        case .operator: result(call, .cancelled, "an operator cancelled it", now)
        }
    }

    /// When another attempt may help after a call was stopped: the host's next start, or the version
    /// that is there already; `nil` when someone wanted just this call to stop.
    func retryTime(_ call: Int) -> Duration? {
        if isStopped { return Self.restartTime }
        return calls[call].cancelled == .drain ? .seconds(1) : nil
    }

    private func name(_ pool: Int, _ gate: Int) -> FunctionName {
        pools[pool].gates[gate].definition.name
    }

    /// A guess at when what waits now will have run: 1 to 60 seconds.
    private func drainEstimate(_ pool: Int, _ gate: Int, _ waiting: Int) -> Duration {
        let gate = pools[pool].gates[gate]
        let estimate = Duration(gate.averageRun) * waiting / max(1, gate.concurrency)
        return min(max(estimate, .seconds(1)), .seconds(60))
    }
}
