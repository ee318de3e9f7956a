/// Keys in order, few enough or changing mostly at the ends.
struct SortedKeys<Key: Comparable & Sendable>: Sendable {
    private(set) var keys: [Key] = []

    mutating func insert(_ key: Key) {
        if let last = keys.last, last < key {
            keys.append(key)
        } else {
            keys.insert(key, at: place(of: key))
        }
    }

    mutating func remove(_ key: Key) {
        let place = place(of: key)
        if place < keys.count, keys[place] == key { keys.remove(at: place) }
    }

    /// Where the first key stands that isn't smaller.
    private func place(of key: Key) -> Int {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
