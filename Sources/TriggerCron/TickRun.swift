internal import FunctionModel
internal import NIOCore

/// What a tick tells its function.
struct TickRun {
    let plan: SchedulePlan
    let instant: WallTime
    let now: WallTime
    /// How many ticks before it haven't run.
    var missed = 0
    /// Whether the host wasn't there at its time.
    var isPastDue = false
    var isManual = false

    /// The invocation, accepted once for the tick.
    var invocation: QueuedInvocation {
        let due = UTCInstant.text(instant)
        // Names the tick for ever.
        let id = "\(plan.name)@\(due)"
        let body = ByteBuffer(string: json(id, due))
        var run = QueuedInvocation(function: plan.function, trigger: .cron, body: body)
        run.contentType = "application/json"
        run.delivery = plan.delivery
        // What is made up for goes one after the other, whatever else may run side by side.
        if isPastDue || plan.rules.overlap != .allow {
            run.delivery.orderingKey = "schedule:\(plan.name)"
        }
        run.idempotency = IdempotencyClaim(
            key: IdempotencyKey(function: plan.function, caller: "schedule", key: id),
            fingerprint: id,
            expires: now + run.delivery.keyLifetime(atLeast: .seconds(86_400))
        )
        return run
    }

    /// Names need no escapes.
    private func json(_ id: String, _ due: String) -> String {
        """
        {"id":"\(id)","schedule":"\(plan.name)","due":"\(due)",\
        "fired":"\(UTCInstant.text(seconds: now.wholeSeconds))","isPastDue":\(isPastDue),\
        "missed":\(missed),"isManual":\(isManual)}
        """
    }
}
