import CoreMetrics
import HostMetrics
import Testing

struct HostMetricsTests {
    private let metrics = HostMetrics(version: "1.2.3")

    private func page(_ metrics: HostMetrics? = nil) throws -> PrometheusPage {
        try PrometheusPage((metrics ?? self.metrics).text())
    }

    @Test func describesBuildAndProcess() throws {
        let page = try page()
        #expect(page.value("roost_build_info", ["version": "1.2.3"]) == 1)
        for name in [
            "process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds",
            "process_virtual_memory_bytes", "process_max_fds", "process_start_time_seconds",
        ] {
            #expect(page.value(name) ?? 0 > 0, "\(name)")
        }
    }

    @Test func countsInOneSeriesPerLabels() throws {
        let labels = [("function", "a.b"), ("trigger", "http"), ("outcome", "succeeded")]
        metrics.makeCounter(label: "roost_invocations_total", dimensions: labels).increment(by: 2)
        metrics.makeCounter(label: "roost_invocations_total", dimensions: labels.reversed())
            .increment(by: 3)
        let page = try page()
        #expect(
            page.value(
                "roost_invocations_total",
                ["function": "a.b", "trigger": "http", "outcome": "succeeded"]
            ) == 5
        )
        #expect(
            page.families["roost_invocations_total"]?.help
                == "Invocations that have ended, by outcome."
        )
    }

    @Test func countersNeverFall() throws {
        let counter = metrics.makeFloatingPointCounter(
            label: "roost_cpu_seconds_total",
            dimensions: []
        )
        for amount in [1.5, -1, .nan, .infinity] { counter.increment(by: amount) }
        #expect(try page().value("roost_cpu_seconds_total") == 1.5)
    }

    @Test func gaugesKeepTheLastValue() throws {
        let gauge = metrics.makeRecorder(
            label: "roost_queue_depth",
            dimensions: [("function", "a.b")],
            aggregate: false
        )
        for depth in [4, 7, 2] { gauge.record(Int64(depth)) }
        #expect(try page().value("roost_queue_depth", ["function": "a.b"]) == 2)
        metrics.makeMeter(label: "roost_queue_depth", dimensions: [("function", "a.b")]).increment(
            by: 1
        )
        #expect(try page().value("roost_queue_depth", ["function": "a.b"]) == 3)
    }

    @Test(
        arguments: [
            (9_000, "1e-05"), (10_000, "1e-05"), (10_001, "2.5e-05"), (1_000_000, "0.001"),
            (299_000_000_000, "300"), (301_000_000_000, "+Inf"),
        ] as [(Int64, String)]
    )
    func timersCountBySecondsInBuckets(nanoseconds: Int64, bound: String) throws {
        let metrics = HostMetrics(version: "1")
        metrics.makeTimer(label: "roost_queue_wait_seconds", dimensions: []).recordNanoseconds(
            nanoseconds
        )
        let page = try page(metrics)
        let buckets = page.families["roost_queue_wait_seconds"]?.samples.filter {
            $0.labels["le"] != nil
        }
        #expect(buckets?.first { $0.value == 1 }?.labels["le"] == bound)
        #expect(buckets?.count == MetricCatalogue.buckets.count + 1)
        #expect(page.value("roost_queue_wait_seconds_count") == 1)
        #expect(page.value("roost_queue_wait_seconds_sum") == Double(nanoseconds) / 1e9)
    }

    @Test func namesTimersBySeconds() throws {
        metrics.makeTimer(label: "odd timer", dimensions: []).recordNanoseconds(1)
        #expect(try page().families["odd_timer_seconds"]?.kind == "histogram")
    }

    @Test func escapesLabels() throws {
        let odd = "a\"b\\c\nd"
        metrics.makeMeter(label: "roost_cells", dimensions: [("kind", odd), ("le le", "x")]).set(
            1 as Int64
        )
        #expect(try page().value("roost_cells", ["kind": odd, "le_le": "x"]) == 1)
    }

    @Test func countsFunctionsBeyondTheLimitAsOther() throws {
        let metrics = HostMetrics(version: "1", functionLimit: 2)
        for function in ["a", "b", "c", "d", "a"] {
            metrics.makeCounter(
                label: "roost_demotions_total",
                dimensions: [("function", function)]
            )
            .increment(by: 1)
        }
        let page = try page(metrics)
        #expect(page.value("roost_demotions_total", ["function": "a"]) == 2)
        #expect(page.value("roost_demotions_total", ["function": "b"]) == 1)
        #expect(page.value("roost_demotions_total", ["function": "other"]) == 2)
        #expect(page.families["roost_demotions_total"]?.samples.count == 3)
    }

    @Test func boundsTheSeriesOfAMetric() throws {
        let metrics = HostMetrics(version: "1", seriesLimit: 3)
        for number in 0..<100 {
            metrics.makeCounter(
                label: "roost_cell_renewals_total",
                dimensions: [("reason", "\(number)")]
            )
            .increment(by: 1)
        }
        let page = try page(metrics)
        #expect(page.value("roost_cell_renewals_total", ["reason": "other"]) == 97)
        #expect(page.families["roost_cell_renewals_total"]?.samples.count == 4)
    }

    @Test func forgetsAFunctionAndGivesItsPlaceAway() throws {
        let metrics = HostMetrics(version: "1", functionLimit: 1)
        metrics.makeCounter(label: "roost_demotions_total", dimensions: [("function", "a")])
            .increment(by: 1)
        metrics.forget(function: "a")
        #expect(try page(metrics).families["roost_demotions_total"] == nil)
        metrics.makeCounter(label: "roost_demotions_total", dimensions: [("function", "b")])
            .increment(by: 1)
        #expect(try page(metrics).value("roost_demotions_total", ["function": "b"]) == 1)
    }

    @Test func keepsAMetricsKind() throws {
        metrics.makeMeter(label: "roost_invocations_total", dimensions: []).set(-5 as Int64)
        metrics.makeCounter(label: "roost_invocations_total", dimensions: []).increment(by: 1)
        #expect(try page().value("roost_invocations_total") == 1)
    }

    @Test func losesNothingUnderManyThreads() async throws {
        let metrics = metrics
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    let counter = metrics.makeFloatingPointCounter(
                        label: "roost_cpu_seconds_total",
                        dimensions: []
                    )
                    let timer = metrics.makeTimer(label: "roost_queue_wait_seconds", dimensions: [])
                    for _ in 0..<5_000 {
                        counter.increment(by: 0.5)
                        timer.recordNanoseconds(500_000_000)
                    }
                }
            }
        }
        let page = try page()
        #expect(page.value("roost_cpu_seconds_total") == 20_000)
        #expect(page.value("roost_queue_wait_seconds_count") == 40_000)
        #expect(page.value("roost_queue_wait_seconds_sum") == 20_000)
    }

    @Test func catalogueHoldsTheNamesThatToolsRelyOn() {
        let names = Set(MetricCatalogue.entries.map(\.name))
        #expect(names.count == MetricCatalogue.entries.count)
        #expect(
            names.isSuperset(of: [
                "roost_invocations_total", "roost_invocation_duration_seconds",
                "roost_queue_wait_seconds",
                "roost_cpu_seconds_total", "roost_workers", "roost_queue_depth",
                "roost_rejections_total",
                "roost_crashes_total", "roost_demotions_total", "roost_cells", "roost_cell_images",
                "roost_cell_renewals_total", "roost_schedule_ticks_total",
                "roost_file_events_total",
                "roost_dead_letters_total", "roost_build_info",
            ])
        )
    }
}
