import CoreMetrics
import FunctionModel
import MetricsTestKit
import Testing

@testable import FunctionDispatch

@Suite struct FunctionMeterTests {
    let metrics = TestMetrics()

    private func result(_ outcome: Outcome, kind: String = "") -> InvocationResult {
        var usage = Usage()
        usage.run = .milliseconds(3)
        usage.queued = .microseconds(20)
        usage.cpu = .milliseconds(2)
        let error = kind.isEmpty ? nil : InvocationError(kind: kind, message: "")
        return InvocationResult(outcome: outcome, error: error, usage: usage)
    }

    @Test func countsByTriggerAndOutcomeAndMeasuresTimes() throws {
        let meter = FunctionMeter(label: "a.f", factory: metrics)
        meter.ended(.http, result(.succeeded))
        meter.ended(.http, result(.succeeded))
        meter.ended(.cron, result(.failed))
        let succeeded = try metrics.expectCounter(
            "roost_invocations_total",
            [("function", "a.f"), ("trigger", "http"), ("outcome", "succeeded")]
        )
        #expect(succeeded.values == [1, 1])
        let failed = try metrics.expectCounter(
            "roost_invocations_total",
            [("function", "a.f"), ("trigger", "cron"), ("outcome", "failed")]
        )
        #expect(failed.values == [1])
        let runs = try metrics.expectTimer(
            "roost_invocation_duration_seconds",
            [("function", "a.f")]
        )
        #expect(runs.values == [3_000_000, 3_000_000, 3_000_000])
        let waits = try metrics.expectTimer("roost_queue_wait_seconds", [("function", "a.f")])
        #expect(waits.values == [20_000, 20_000, 20_000])
        #expect(meter.counts == ["succeeded": 2, "failed": 1])
    }

    @Test func rejectionsCountTheirReasonAndNoTimes() throws {
        let meter = FunctionMeter(label: "a.f", factory: metrics)
        meter.ended(.http, .rejected(.queueFull, "full"))
        let rejected = try metrics.expectCounter(
            "roost_rejections_total",
            [("function", "a.f"), ("reason", "queueFull")]
        )
        #expect(rejected.values == [1])
        let runs = try metrics.expectTimer(
            "roost_invocation_duration_seconds",
            [("function", "a.f")]
        )
        #expect(runs.values.isEmpty)
    }

    @Test func kindsOfCrashesAreBounded() throws {
        let meter = FunctionMeter(label: "a.f", factory: metrics)
        for number in 0..<100 { meter.ended(.http, result(.crashed, kind: "kind\(number)")) }
        let other = try metrics.expectCounter(
            "roost_crashes_total",
            [("function", "a.f"), ("kind", "other")]
        )
        #expect(other.values.count == 68)
        #expect(meter.counts == ["crashed": 100])
    }

    @Test func metersAreSharedByVersionsAndBoundedInNumber() throws {
        let shelf = MeterShelf(limit: 2)
        let names = try (0..<4).map { try FunctionName(plugin: "a", function: "f\($0)") }
        let meters = names.map { shelf.meter(for: $0) }
        #expect(meters[0] === shelf.meter(for: names[0]))
        #expect(meters[0] !== meters[1])
        #expect(meters[2] === meters[3])
    }
}
