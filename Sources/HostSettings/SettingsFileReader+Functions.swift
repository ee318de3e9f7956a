internal import FunctionModel
internal import Yams

/// What may be said about a function or a plugin.
enum FunctionKey: String, CaseIterable {
    case enabled
    case `public`
    case isolation
    case onCrash
    case limits
    case configuration
    case delivery
    case triggers
    case permissions

    static var ofPlugins: [FunctionKey] { allCases.filter { $0 != .triggers } }
    static var ofFunctions: [FunctionKey] { allCases.filter { $0 != .permissions } }
}

extension SettingsFileReader {
    mutating func function(
        _ node: Node,
        _ place: String,
        _ keys: [FunctionKey],
        _ ceilings: QuotaOverrides
    ) -> FunctionSettings {
        var function = FunctionSettings()
        let values = nodes.section(node, place, keys: keys.map(\.rawValue))
        for key in keys {
            guard let value = values[key.rawValue] else { continue }
            switch key {
            case .enabled: function.isEnabled = nodes.flag(value, "enabled")
            case .public: function.isPublic = nodes.flag(value, "public")
            case .isolation:
                function.isolation = nodes.word(value, "isolation", [.thread, .process])
            case .onCrash: function.onCrash = nodes.word(value, "onCrash", [.restart, .backoff])
            case .limits: function.limits = limits(value, below: ceilings)
            case .configuration: function.configuration = configuration(value)
            case .delivery: function.delivery = delivery(value)
            case .triggers:
                schedulePlaces = []
                function.triggers = triggers(value)
                function.schedulePlaces = schedulePlaces
            case .permissions: function.permissions = permissions(value)
            }
        }
        return function
    }

    private mutating func configuration(_ node: Node) -> [String: String] {
        var configuration: [String: String] = [:]
        let pairs = nodes.pairs(node, "configuration")
        guard pairs.count <= 256 else {
            nodes.note(at: node, "configuration has \(pairs.count) values; 256 are allowed")
            return [:]
        }
        for (key, value) in pairs {
            guard let name = nodes.text(key, "a key of configuration"),
                let text = nodes.text(value, "configuration '\(name)'")
            else { continue }
            guard text.utf8.count <= 64 << 10, name.utf8.count <= 256 else {
                nodes.note(at: value, "configuration '\(name.prefix(64))' is longer than 64KiB")
                continue
            }
            configuration[name] = text
        }
        return configuration
    }

    private mutating func triggers(_ node: Node) -> [TriggerDeclaration]? {
        guard let items = node.sequence, items.count <= 32 else {
            nodes.note(
                at: node,
                "triggers has to be a list of at most 32, such as '- http: GET /a'"
            )
            return nil
        }
        return items.compactMap { trigger($0) }
    }

    private mutating func trigger(_ node: Node) -> TriggerDeclaration? {
        var trigger = TriggerDeclaration()
        if node.scalar?.string == "internal" {
            trigger.internal = InternalTriggerDeclaration()
            return trigger
        }
        let values = nodes.section(node, "a trigger", keys: ["http", "cron", "files", "event"])
        let before = nodes.problems.count
        trigger.http = values["http"].flatMap { http($0) }
        trigger.cron = values["cron"].flatMap { cron($0) }
        trigger.files = values["files"].flatMap { files($0) }
        trigger.event = values["event"].flatMap { event($0) }
        guard nodes.problems.count == before, !values.isEmpty else {
            if values.isEmpty, node.mapping == nil || node.mapping?.isEmpty == true {
                nodes.note(at: node, "a trigger is one of http, cron, files, event and internal")
            }
            return nil
        }
        do {
            try trigger.validate(in: "the trigger")
            return trigger
        } catch {
            nodes.note(at: node, "\(error)")
            return nil
        }
    }

    private mutating func http(_ node: Node) -> HTTPTriggerDeclaration? {
        if let text = node.scalar?.string {
            let parts = text.split(separator: " ").map(String.init)
            guard parts.count == 2 else {
                nodes.note(at: node, "'\(text)' is not a route: write 'POST /orders/{id}'")
                return nil
            }
            return HTTPTriggerDeclaration(method: parts[0], path: parts[1])
        }
        let values = nodes.section(node, "http", keys: ["method", "path"])
        guard let method = values["method"].flatMap({ nodes.text($0, "method") }),
            let path = values["path"].flatMap({ nodes.text($0, "path") })
        else {
            nodes.note(at: node, "http needs method and path")
            return nil
        }
        return HTTPTriggerDeclaration(method: method, path: path)
    }
}
