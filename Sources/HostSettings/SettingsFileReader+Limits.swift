internal import FunctionModel
internal import Yams

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
            switch key.value(of: text) {
            case .failure(let problem): nodes.note(at: value, problem.message)
            case .success(let number):
                if let ceiling = ceilings?[keyPath: key.path], number > ceiling {
                    nodes.note(
                        at: value,
                        "\(key.rawValue) '\(text)' is above the host's ceiling; lower it, or raise "
                            + "'\(key.rawValue)' under 'limits'"
                    )
                    continue
                }
                limits[keyPath: key.path] = number
            }
        }
        return limits
    }
}
