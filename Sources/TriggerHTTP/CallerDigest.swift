/// Stands for credentials where they must not be kept: SHA-256 (FIPS 180-4), in hexadecimal.
enum CallerDigest {
    static func text(of credentials: String) -> String {
        digest(Array(credentials.utf8)).map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    private static func digest(_ message: [UInt8]) -> [UInt32] {
        var state = (0..<8).map { fraction(ofRootOf: primes[$0], cubic: false) }
        var bytes = message + [0x80]
        bytes += [UInt8](repeating: 0, count: (120 - bytes.count % 64) % 64)
        let bits = UInt64(message.count) * 8
        bytes += (0..<8).reversed().map { UInt8(truncatingIfNeeded: bits >> ($0 * 8)) }
        for block in stride(from: 0, to: bytes.count, by: 64) {
            mix(bytes[block..<(block + 64)], into: &state)
        }
        return state
    }

    private static func mix(_ block: ArraySlice<UInt8>, into state: inout [UInt32]) {
        var words = (0..<16).map { index in
            (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(block[block.startIndex + index * 4 + $1]) }
        }
        for index in 16..<64 {
            let (early, late) = (words[index - 15], words[index - 2])
            let first = rotated(early, 7) ^ rotated(early, 18) ^ early >> 3
            let second = rotated(late, 17) ^ rotated(late, 19) ^ late >> 10
            words.append(words[index - 16] &+ first &+ words[index - 7] &+ second)
        }
        var now = state
        for index in 0..<64 {
            let (a, e) = (now[0], now[4])
            let big = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
            let choice = e & now[5] ^ ~e & now[6]
            let first = now[7] &+ big &+ choice &+ constants[index] &+ words[index]
            let small = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
            let majority = a & now[1] ^ a & now[2] ^ now[1] & now[2]
            now = [
                first &+ small &+ majority, a, now[1], now[2], now[3] &+ first, e, now[5], now[6],
            ]
        }
        for index in 0..<8 { state[index] = state[index] &+ now[index] }
    }

    private static func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 {
        word >> count | word << (32 - count)
    }

    private static let primes: [UInt64] = {
        var found: [UInt64] = []
        var candidate: UInt64 = 2
        while found.count < 64 {
            if found.allSatisfy({ candidate % $0 != 0 }) { found.append(candidate) }
            candidate += 1
        }
        return found
    }()

    private static let constants = primes.map { fraction(ofRootOf: $0, cubic: true) }

    /// The first 32 bits behind the point of a prime's square or cube root.
    private static func fraction(ofRootOf prime: UInt64, cubic: Bool) -> UInt32 {
        // The largest root whose power doesn't pass the prime, by bits from above.
        var root: UInt64 = 0
        for bit in (0..<36).reversed() {
            let next = root | 1 << UInt64(bit)
            if isAtMost(next, prime, cubic: cubic) { root = next }
        }
        return UInt32(truncatingIfNeeded: root)
    }

    /// Whether `root`, with 32 bits behind its point, is at most the root of `prime`.
    private static func isAtMost(_ root: UInt64, _ prime: UInt64, cubic: Bool) -> Bool {
        let square = root.multipliedFullWidth(by: root)
        guard cubic else { return square.high < prime || square == (prime, 0) }
        let low = square.low.multipliedFullWidth(by: root)
        let high = square.high.multipliedFullWidth(by: root)
        let (middle, carries) = high.low.addingReportingOverflow(low.high)
        // 96 bits behind the point: the prime stands from bit 32 of the middle word on.
        let whole = (high.high + (carries ? 1 : 0)) << 32 | middle >> 32
        let rest = middle << 32 != 0 || low.low != 0
        return whole < prime || whole == prime && !rest
    }
}
