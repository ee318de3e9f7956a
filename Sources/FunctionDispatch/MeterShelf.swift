internal import FunctionModel
internal import Synchronization

/// Keeps one meter per function over all its versions, up to a number; the rest share `other`.
final class MeterShelf: Sendable {
    private let limit: Int
    private let other = FunctionMeter(label: "other")
    private let meters = Mutex<[FunctionName: FunctionMeter]>([:])

    init(limit: Int) { self.limit = limit }

    /// The function's meter.
    func meter(for name: FunctionName) -> FunctionMeter {
        meters.withLock { meters in
            if let meter = meters[name] { return meter }
            guard meters.count < limit else { return other }
            let meter = FunctionMeter(label: name.description)
            meters[name] = meter
            return meter
        }
    }

    /// Gives a function's place to others; false when it had none.
    func forget(_ name: FunctionName) -> Bool {
        meters.withLock { $0.removeValue(forKey: name) != nil }
    }

    /// What the functions are counted under.
    var labels: [String] { meters.withLock { $0.values.map(\.label) } + [other.label] }
}
