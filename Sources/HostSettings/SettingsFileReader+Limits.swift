internal import FunctionModel
internal import Yams

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

extension SettingsFileReader {
    /// Reads limits; those of a function may not pass the host's ceilings.
    mutating func limits(_ node: Node, below ceilings: QuotaOverrides?) -> QuotaOverrides {
        var limits = QuotaOverrides()
        let values = nodes.section(node, "limits", keys: LimitKey.allCases.map(\.rawValue))
        for key in LimitKey.allCases {
            guard let value = values[key.rawValue], let text = nodes.text(value, key.rawValue)
            else {
                continue
            }
            guard let number = key.unit.read(text) else {
                nodes.note(
                    at: value,
                    "'\(text)' doesn't do for \(key.rawValue): write \(key.unit.example)"
                )
                continue
            }
            var one = QuotaOverrides()
            one[keyPath: key.path] = number
            if let problem = one.problem {
                nodes.note(at: value, problem)
            } else if let ceiling = ceilings?[keyPath: key.path], number > ceiling {
                nodes.note(
                    at: value,
                    "\(key.rawValue) '\(text)' is above the host's ceiling; lower it, or raise "
                        + "'\(key.rawValue)' under 'limits'"
                )
            } else {
                limits[keyPath: key.path] = number
            }
        }
        return limits
    }
}
