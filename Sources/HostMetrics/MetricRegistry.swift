/// Which series there are, within bounds; a plain value under `HostMetrics`' lock.
struct MetricRegistry {
    private struct Family {
        var kind: MetricCatalogue.Kind
        var help: String
        var series: [LabelSet: any Instrument] = [:]
    }

    /// What takes the place of a label's value beyond a bound.
    static let other = "other"

    let functionLimit: Int
    let seriesLimit: Int
    private var families: [String: Family] = [:]
    private var functions: Set<String> = []

    init(functionLimit: Int, seriesLimit: Int) {
        self.functionLimit = functionLimit
        self.seriesLimit = seriesLimit
    }

    /// Finds or makes the series of a name and labels.
    ///
    /// - Returns: `nil` when the name already stands for a metric of another kind.
    mutating func series<Series: Instrument>(
        _ name: String,
        _ labels: LabelSet,
        kind: MetricCatalogue.Kind,
        make: () -> Series
    ) -> Series? {
        let known = MetricCatalogue.entry(named: name)
        var family =
            families[name]
            ?? Family(kind: known?.kind ?? kind, help: known?.help ?? "No description.")
        guard family.kind == kind else { return nil }
        var labels = bounded(labels)
        if family.series[labels] == nil, family.series.count >= seriesLimit {
            for pair in labels.pairs { labels[pair.name] = Self.other }
        }
        if let series = family.series[labels] { return series as? Series }
        let series = make()
        family.series[labels] = series
        families[name] = family
        return series
    }

    /// Takes the series of a function off the page.
    mutating func forget(function: String) {
        guard functions.remove(function) != nil else { return }
        families = families.mapValues { family in
            var family = family
            family.series = family.series.filter { labels, _ in labels["function"] != function }
            return family
        }
    }

    /// All families with their series, ordered, so that two pages can be compared.
    func write(to page: inout PageWriter) {
        for (name, family) in families.sorted(by: { $0.key < $1.key }) where !family.series.isEmpty
        {
            page.family(name, kind: family.kind, help: family.help)
            let ordered = family.series.sorted { left, right in
                left.key.pairs.map(\.value).lexicographicallyPrecedes(right.key.pairs.map(\.value))
            }
            for (labels, series) in ordered { series.write(name: name, labels: labels, to: &page) }
        }
    }

    private mutating func bounded(_ labels: LabelSet) -> LabelSet {
        guard let function = labels["function"], !functions.contains(function) else {
            return labels
        }
        if functions.count < functionLimit {
            functions.insert(function)
            return labels
        }
        var labels = labels
        labels["function"] = Self.other
        return labels
    }
}
