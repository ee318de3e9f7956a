extension GlobPattern {
    /// How many pairs of pieces may be looked at before two patterns count as meeting.
    static let patience = 4_000_000

    /// Whether there may be a path that fits both.
    ///
    /// - Parameters:
    ///   - isDeep: Whether this one is about files in directories too.
    ///   - other: The other pattern, and whether it is about those too.
    ///   - steps: The directory that the other one is about, below this one's; empty for the same.
    ///   - patience: How many pairs of pieces may still be looked at.
    /// - Returns: Whether there may be; also where it would take too long to know.
    func meets(
        isDeep: Bool,
        _ other: (pattern: GlobPattern, isDeep: Bool),
        in steps: [UInt8],
        patience: inout Int
    ) -> Bool {
        // Names with a dot in front, and backups, fit only patterns that say so, and nothing else does.
        guard takesHidden == other.pattern.takesHidden,
            takesBackups == other.pattern.takesBackups
        else { return false }
        let place = steps.isEmpty ? [] : (steps + [UInt8(ascii: "/")]).map(Piece.byte)
        for left in paths(isDeep: isDeep) {
            for right in other.pattern.paths(isDeep: other.isDeep).map({ place + $0 }) {
                patience -= left.count * right.count
                if patience < 0 || Self.meet(left, right) { return true }
            }
        }
        return false
    }

    /// The pattern as one about whole paths.
    private func paths(isDeep: Bool) -> [[Piece]] {
        guard isDeep, !isAboutPath else { return alternatives }
        return alternatives.map { [.steps, .manySteps, .byte(UInt8(ascii: "/"))] + $0 }
    }

    /// Goes through both at once, from every pair of places to those that the same byte leads to.
    private static func meet(_ left: [Piece], _ right: [Piece]) -> Bool {
        let width = right.count + 1
        var seen = [Bool](repeating: false, count: (left.count + 1) * width)
        var open = [(left: 0, right: 0)]
        func come(_ one: Int, _ other: Int) {
            guard !seen[one * width + other] else { return }
            seen[one * width + other] = true
            open.append((one, other))
        }
        while let (one, other) = open.popLast() {
            if one == left.count, other == right.count { return true }
            for next in skips(left, one) { come(next, other) }
            for next in skips(right, other) { come(one, next) }
            guard one < left.count, other < right.count, left[one].shares(right[other]) else {
                continue
            }
            come(left[one].staysPut ? one : one + 1, right[other].staysPut ? other : other + 1)
        }
        return false
    }

    /// Where the pieces go on without a byte.
    private static func skips(_ pieces: [Piece], _ index: Int) -> [Int] {
        guard index < pieces.count else { return [] }
        switch pieces[index] {
        case .many, .manySteps: return [index + 1]
        case .steps: return [index + 1, index + 3]
        case .byte, .one, .set: return []
        }
    }
}

extension GlobPattern.Piece {
    /// Whether there is a byte that both take.
    fileprivate func shares(_ other: Self) -> Bool {
        switch (self, other) {
        case (.byte(let byte), _): other.takes(byte)
        case (_, .byte(let byte)): takes(byte)
        default: (0...UInt8.max).contains { takes($0) && other.takes($0) }
        }
    }
}
