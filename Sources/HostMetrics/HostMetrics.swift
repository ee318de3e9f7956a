public import CoreMetrics
internal import Synchronization

/// The metrics of a host: a factory for swift-metrics, read as Prometheus' text format.
///
/// Counting takes no lock; making a series and reading the page do. Timers are histograms in seconds
/// and are named so: a label without `_seconds` gets it.
public final class HostMetrics: MetricsFactory {
    private let registry: Mutex<MetricRegistry>
    private let process: ProcessFigures

    /// Begins with no series but `roost_build_info`.
    ///
    /// - Parameters:
    ///   - version: The host's version.
    ///   - functionLimit: Beyond so many functions the rest count as `other`.
    ///   - seriesLimit: Beyond so many series of one metric the rest count as `other`.
    public init(version: String, functionLimit: Int = 200, seriesLimit: Int = 10_000) {
        registry = Mutex(MetricRegistry(functionLimit: functionLimit, seriesLimit: seriesLimit))
        process = ProcessFigures()
        gauge("roost_build_info", [("version", version)]).set(1 as Int64)
    }

    /// The page.
    public func text() -> String {
        process.read { name, value in
            let isCounter = MetricCatalogue.entry(named: name)?.kind == .counter
            if isCounter {
                counter(name, []).stand(at: value)
            } else {
                gauge(name, []).set(value)
            }
        }
        return registry.withLock { registry in
            var page = PageWriter()
            registry.write(to: &page)
            return page.text
        }
    }

    /// Takes the series of a function that is gone off the page.
    public func forget(function: String) { registry.withLock { $0.forget(function: function) } }

    /// Makes or finds a counter.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(label, dimensions)
    }

    /// Makes or finds a counter of parts.
    public func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        counter(label, dimensions)
    }

    /// Makes or finds a gauge.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, dimensions)
    }

    /// Makes or finds a histogram, or a gauge where no distribution is wanted.
    public func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        aggregate ? histogram(label, dimensions) : gauge(label, dimensions)
    }

    /// Makes or finds a histogram of seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label.hasSuffix("_seconds") ? label : "\(label)_seconds", dimensions)
    }

    /// Does nothing: what was counted stays on the page.
    public func destroyCounter(_ handler: any CounterHandler) {}

    /// Does nothing: what was counted stays on the page.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}

    /// Does nothing: the last value stays on the page.
    public func destroyMeter(_ handler: any MeterHandler) {}

    /// Does nothing: what was recorded stays on the page.
    public func destroyRecorder(_ handler: any RecorderHandler) {}

    /// Does nothing: what was recorded stays on the page.
    public func destroyTimer(_ handler: any TimerHandler) {}

    private func counter(_ name: String, _ labels: [(String, String)]) -> CounterSeries {
        series(name, labels, kind: .counter) { CounterSeries() }
    }

    private func gauge(_ name: String, _ labels: [(String, String)]) -> GaugeSeries {
        series(name, labels, kind: .gauge) { GaugeSeries() }
    }

    private func histogram(_ name: String, _ labels: [(String, String)]) -> HistogramSeries {
        series(name, labels, kind: .histogram) { HistogramSeries() }
    }

    /// A series that contradicts another of its name counts, but not on the page.
    private func series<Series: Instrument>(
        _ name: String,
        _ labels: [(String, String)],
        kind: MetricCatalogue.Kind,
        make: () -> Series
    ) -> Series {
        let name = PageWriter.validName(name)
        let labels = LabelSet(labels)
        return registry.withLock { $0.series(name, labels, kind: kind, make: make) } ?? make()
    }
}
