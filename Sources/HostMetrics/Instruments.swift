internal import CoreMetrics

/// What stands behind one series of the page.
protocol Instrument: AnyObject, Sendable {
    /// Appends its lines.
    func write(name: String, labels: LabelSet, to page: inout PageWriter)
}

/// A series that only rises, by whole numbers or parts.
final class CounterSeries: Instrument, CounterHandler, FloatingPointCounterHandler {
    private let whole = AtomicCount()
    private let parts = AtomicDouble()

    // A counter never falls: what would make it fall is left out.
    func increment(by amount: Int64) { if amount > 0 { whole.add(UInt64(amount)) } }

    func increment(by amount: Double) { if amount > 0, amount.isFinite { parts.add(amount) } }

    /// Takes over what somebody else counts.
    func stand(at total: Double) { parts.set(total) }

    func reset() {
        whole.reset()
        parts.set(0)
    }

    func write(name: String, labels: LabelSet, to page: inout PageWriter) {
        let parts = parts.value
        if parts == 0 {
            page.sample(name, labels, "\(whole.value)")
        } else {
            page.sample(name, labels, PageWriter.number(Double(whole.value) + parts))
        }
    }
}

/// A series that rises and falls.
final class GaugeSeries: Instrument, MeterHandler, RecorderHandler {
    private let number = AtomicDouble()

    func set(_ value: Int64) { number.set(Double(value)) }
    func set(_ value: Double) { number.set(value) }
    func increment(by amount: Double) { number.add(amount) }
    func decrement(by amount: Double) { number.add(-amount) }
    func record(_ value: Int64) { set(value) }
    func record(_ value: Double) { set(value) }

    func write(name: String, labels: LabelSet, to page: inout PageWriter) {
        page.sample(name, labels, PageWriter.number(number.value))
    }
}

/// A series that counts values by size.
final class HistogramSeries: Instrument, TimerHandler, RecorderHandler {
    private let sum = AtomicDouble()
    /// One for each bound, and one for what is larger than all of them.
    private let counts = (0...MetricCatalogue.buckets.count).map { _ in AtomicCount() }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite, value >= 0 else { return }
        counts[Self.position(of: value)].add(1)
        sum.add(value)
    }

    /// The first bucket whose bound is not below the value.
    static func position(of value: Double) -> Int {
        var low = 0
        var high = MetricCatalogue.buckets.count
        while low < high {
            let middle = (low + high) / 2
            if MetricCatalogue.buckets[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func write(name: String, labels: LabelSet, to page: inout PageWriter) {
        // The buckets are read once, so that the page agrees with itself whatever is recorded now.
        let counts = counts.map(\.value)
        var total: UInt64 = 0
        for (bound, count) in zip(MetricCatalogue.buckets, counts) {
            total += count
            page.sample("\(name)_bucket", labels.adding("le", PageWriter.number(bound)), "\(total)")
        }
        total += counts[MetricCatalogue.buckets.count]
        page.sample("\(name)_bucket", labels.adding("le", "+Inf"), "\(total)")
        page.sample("\(name)_sum", labels, PageWriter.number(sum.value))
        page.sample("\(name)_count", labels, "\(total)")
    }
}
