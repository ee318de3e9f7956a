internal import FunctionModel

/// The limits by the names that operators use.
enum LimitKey: String, CaseIterable {
    case timeout
    case cpu
    case memory
    case concurrency
    case rate
    case burst
    case errorRate
    case cpuShare
    case queueLength
    case queueWait
    case requestSize
    case responseSize
    case logSize
    case startTimeout
    case idleTime

    enum Unit {
        case time
        case amount
        case rate
        case share
        case count
        case percent

        var example: String {
            switch self {
            case .time: "a time such as 500ms, 2s or 5m"
            case .amount: "an amount such as 64MiB"
            case .rate: "a rate such as 100/s or 30/m"
            case .share: "a share such as 50%"
            case .count: "a number"
            case .percent: "a part of a core such as 50%, or 200% for two cores"
            }
        }

        /// Writes a number so that `read` gives it back.
        func write(_ number: Int) -> String {
            switch self {
            case .time:
                number >= 1_000 && number % 1_000 == 0 ? "\(number / 1_000)s" : "\(number)ms"
            case .amount:
                number >= 1 << 20 && number % (1 << 20) == 0
                    ? "\(number >> 20)MiB" : "\(number)B"
            case .rate: "\(number)/m"
            case .share, .percent: "\(number)%"
            case .count: "\(number)"
            }
        }

        func read(_ text: String) -> Int? {
            switch self {
            case .time: Quantity.milliseconds(text)
            case .amount: Quantity.bytes(text)?.bytes
            case .rate: Quantity.perMinute(text)
            case .share: Quantity.percent(text)
            case .count: Int(text)
            case .percent: text.hasSuffix("%") ? Int(text.dropLast()) : nil
            }
        }
    }

    var unit: Unit {
        switch self {
        case .timeout, .cpu, .queueWait, .startTimeout, .idleTime: .time
        case .memory, .requestSize, .responseSize, .logSize: .amount
        case .rate: .rate
        case .errorRate: .share
        case .cpuShare: .percent
        case .concurrency, .burst, .queueLength: .count
        }
    }

    var path: any Sendable & WritableKeyPath<QuotaOverrides, Int?> {
        switch self {
        case .timeout: \.timeoutMilliseconds
        case .cpu: \.cpuMilliseconds
        case .memory: \.memoryBytes
        case .concurrency: \.concurrency
        case .rate: \.ratePerMinute
        case .burst: \.burst
        case .errorRate: \.errorPercent
        case .cpuShare: \.cpuPercent
        case .queueLength: \.queueLength
        case .queueWait: \.queueWaitMilliseconds
        case .requestSize: \.requestBytes
        case .responseSize: \.responseBytes
        case .logSize: \.logBytes
        case .startTimeout: \.startMilliseconds
        case .idleTime: \.idleMilliseconds
        }
    }
}

extension LimitKey {
    /// Reads one value; the sentence says what should have been written.
    func value(of text: String) -> Result<Int, LimitProblem> {
        guard let number = unit.read(text) else {
            return .failure(
                LimitProblem("'\(text)' doesn't do for \(rawValue): write \(unit.example)")
            )
        }
        var one = QuotaOverrides()
        one[keyPath: path] = number
        return one.problem.map { .failure(LimitProblem($0)) } ?? .success(number)
    }

    /// The names of the limits that two quotas differ in.
    static func differences(_ before: Quota, _ after: Quota) -> [String] {
        let (before, after) = (QuotaOverrides(before), QuotaOverrides(after))
        return allCases.filter { before[keyPath: $0.path] != after[keyPath: $0.path] }
            .map(\.rawValue)
    }
}

/// Why a limit can't be taken, in a sentence.
struct LimitProblem: Error {
    let message: String
    init(_ message: String) { self.message = message }
}
