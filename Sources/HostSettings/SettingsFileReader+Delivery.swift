internal import FunctionModel
internal import Yams

/// What may be said about the delivery of what is queued.
extension SettingsFileReader {
    private enum DeliveryKey: String, CaseIterable {
        case attempts
        case maximumAge
        case onSuccess
        case onFailure
    }

    mutating func delivery(_ node: Node) -> DeliveryDeclaration? {
        let keys = DeliveryKey.allCases
        let values = nodes.section(node, "delivery", keys: keys.map(\.rawValue))
        var delivery = DeliveryDeclaration()
        for key in keys {
            guard let value = values[key.rawValue], let text = nodes.text(value, key.rawValue)
            else { continue }
            var one = DeliveryDeclaration()
            switch key {
            case .attempts: one.maximumAttempts = Int(text)
            case .maximumAge: one.maximumAgeMilliseconds = Quantity.milliseconds(text)
            case .onSuccess: one.onSuccess = text
            case .onFailure: one.onFailure = text
            }
            if one == DeliveryDeclaration() {
                let example = key == .attempts ? "a number such as 5" : "a time such as 30m or 6h"
                nodes.note(at: value, "'\(text)' doesn't do for \(key.rawValue): write \(example)")
            } else if let problem = one.problem {
                nodes.note(at: value, problem)
            } else {
                delivery.lay(one)
            }
        }
        return delivery
    }

    /// An event trigger: its type alone, or with filters of attributes.
    mutating func event(_ node: Node) -> EventTriggerDeclaration? {
        if let type = node.scalar?.string { return EventTriggerDeclaration(type: type) }
        let values = nodes.section(node, "event", keys: ["type", "where"])
        guard let type = values["type"].flatMap({ nodes.text($0, "type") }) else {
            nodes.note(at: node, "event needs a type, such as 'order.*'")
            return nil
        }
        var filters: [String: String] = [:]
        for (key, value) in values["where"].map({ nodes.pairs($0, "where") }) ?? [] {
            guard let name = nodes.text(key, "an attribute"),
                let wanted = nodes.text(value, "attribute '\(name)'")
            else { continue }
            filters[name] = wanted
        }
        return EventTriggerDeclaration(type: type, attributes: filters.isEmpty ? nil : filters)
    }
}

extension DeliveryDeclaration {
    /// Takes over what another one says.
    fileprivate mutating func lay(_ other: DeliveryDeclaration) {
        maximumAttempts = other.maximumAttempts ?? maximumAttempts
        maximumAgeMilliseconds = other.maximumAgeMilliseconds ?? maximumAgeMilliseconds
        onSuccess = other.onSuccess ?? onSuccess
        onFailure = other.onFailure ?? onFailure
    }
}
