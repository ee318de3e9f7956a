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

    /// Names the tick for ever, `schedule@instant`.
    var id: String { "\(plan.name)@\(UTCInstant.text(instant))" }

    /// The invocation, accepted once for the tick.
    var invocation: QueuedInvocation {
        let body = ByteBuffer(string: json)
        var run = QueuedInvocation(function: plan.function, trigger: .cron, body: body)
        run.contentType = "application/json"
        run.delivery = plan.delivery
        if plan.rules.overlap != .allow { run.delivery.orderingKey = "schedule:\(plan.name)" }
        run.idempotency = IdempotencyClaim(
            key: IdempotencyKey(function: plan.function, caller: "schedule", key: id),
            fingerprint: id,
            expires: now + run.delivery.keyLifetime(atLeast: .seconds(86_400))
        )
        return run
    }

    /// Names need no escapes.
    private var json: String {
        """
        {"id":"\(id)","schedule":"\(plan.name)","due":"\(UTCInstant.text(instant))",\
        "fired":"\(UTCInstant.text(seconds: now.wholeSeconds))","isPastDue":\(isPastDue),\
        "missed":\(missed),"isManual":\(isManual)}
        """
    }
}
