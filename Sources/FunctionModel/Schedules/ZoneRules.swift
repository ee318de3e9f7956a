/// How the clocks of a time zone go: what the file of an IANA zone says.
public struct ZoneRules: Hashable, Sendable {
    /// A time through which the clocks of a zone keep their distance from UTC.
    struct Stretch: Hashable {
        /// The first instant, in seconds since 1970; the smallest number for none.
        var start: Int64
        /// The first instant after it; the largest number for none.
        var end: Int64
        /// How far the clocks are ahead of UTC, in seconds.
        var offset: Int64
    }

    /// The zone's name.
    public let name: String
    /// The instants at which clocks change, in order, and where they stand from then on.
    let changes: [(time: Int64, offset: Int64)]
    /// Where they stand before the first change.
    let earliest: Int64
    /// What holds after the last change; `nil` when they stay there.
    let rule: ZoneFooter?

    init(
        name: String,
        earliest: Int64,
        changes: [(time: Int64, offset: Int64)],
        rule: ZoneFooter?
    ) {
        self.name = name
        self.earliest = earliest
        self.rule = rule
        // What changes only a name or the word for summer isn't a change of the clocks.
        var kept: [(time: Int64, offset: Int64)] = []
        for change in changes where change.offset != kept.last?.offset ?? earliest {
            kept.append(change)
        }
        self.changes = kept
    }

    /// Universal time, which needs no file.
    public static let utc = ZoneRules(name: "UTC", earliest: 0, changes: [], rule: nil)

    /// Two zones are the same when they go by the same rules under the same name.
    public static func == (left: Self, right: Self) -> Bool {
        left.name == right.name && left.earliest == right.earliest && left.rule == right.rule
            && left.changes.elementsEqual(right.changes) { $0 == $1 }
    }

    /// Hashes the name.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }

    /// The stretch that an instant is in.
    func stretch(at time: Int64) -> Stretch {
        let index = changes.partition { $0.time > time }
        if index == changes.count, let rule { return ruled(rule, at: time) }
        return Stretch(
            start: index == 0 ? .min : changes[index - 1].time,
            end: index == changes.count ? .max : changes[index].time,
            offset: index == 0 ? earliest : changes[index - 1].offset
        )
    }

    /// A stretch after the last change that is listed.
    private func ruled(_ rule: ZoneFooter, at time: Int64) -> Stretch {
        let listed = changes.last
        let (before, after) = rule.changes(around: time)
        var stretch = Stretch(start: before.time, end: after.time, offset: before.offset)
        if let listed, before.time < listed.time {
            // The rule's last change lies before it began to hold.
            stretch.start = listed.time
            stretch.offset = listed.offset
        }
        return stretch
    }
}

extension Array {
    /// The index of the first element for which a condition holds that holds for all after it.
    fileprivate func partition(_ condition: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if condition(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
