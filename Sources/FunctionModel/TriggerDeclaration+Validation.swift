extension TriggerDeclaration {
    /// Checks one trigger.
    ///
    /// - Throws: `PluginRefusal` of the kind `badManifest`, with `place` and the reason in words.
    public func validate(in place: String) throws(PluginRefusal) {
        let members = [
            http != nil, cron != nil, files != nil, event != nil, `internal` != nil,
        ]
        let count = members.count { $0 }
        guard count == 1 else {
            throw .badManifest(
                "\(place) has to be exactly one of http, cron, files, event and internal; it is "
                    + (count == 0 ? "none of them" : "\(count) of them")
            )
        }
        try http?.validate(in: place)
        try cron?.validate(in: place)
        try files?.validate(in: place)
        try event?.validate(in: place)
    }
}

extension HTTPTriggerDeclaration {
    fileprivate func validate(in place: String) throws(PluginRefusal) {
        let isMethod =
            (1...16).contains(method.utf8.count)
            && method.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
        guard isMethod else {
            throw .badManifest("\(place): '\(method)' is not a method; write GET, POST, … or ANY")
        }
        do { _ = try RoutePattern(path) } catch { throw .badManifest("\(place): \(error)") }
    }
}

extension CronTriggerDeclaration {
    fileprivate func validate(in place: String) throws(PluginRefusal) {
        do { _ = try rules() } catch { throw .badManifest("\(place): \(error)") }
    }
}

extension EventTriggerDeclaration {
    fileprivate func validate(in place: String) throws(PluginRefusal) {
        guard !type.isEmpty else { throw .badManifest("\(place) names no type of events") }
        try Manifest.check(type, "the type of \(place)", bytes: 256)
        let filters = attributes ?? [:]
        guard filters.count <= 16 else {
            throw .badManifest("\(place) has \(filters.count) filters; 16 are allowed")
        }
        for (name, value) in filters {
            guard CloudEventAttributes.isName(name) else {
                throw .badManifest(
                    "\(place): '\(name)' is no attribute of events; a name has 1 to 20 of a-z and 0-9"
                )
            }
            try Manifest.check(value, "the filter '\(name)' of \(place)", bytes: 1_024)
        }
    }
}
