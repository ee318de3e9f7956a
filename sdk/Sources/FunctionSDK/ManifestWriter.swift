/// Writes a plugin's manifest as JSON.
///
/// By hand, because every worker of every plugin does this at its start: the first use of a JSON
/// coder with new types costs more than all the rest of it.
struct ManifestWriter {
    private(set) var text = ""

    init(_ plugin: Plugin) {
        object([
            ("plugin", .text(plugin.name)),
            ("version", plugin.version.map(Value.text)),
            ("summary", plugin.summary.map(Value.text)),
            ("permissions", Self.permissions(plugin.permissions)),
            ("background", Self.flag(plugin.background)),
            ("functions", .list(plugin.functions.map(Self.value))),
        ])
    }

    private indirect enum Value {
        case text(String)
        case number(Int)
        case yes
        case list([Value])
        case object([(String, Value?)])
    }

    private static func value(of function: Function) -> Value {
        let options = function.options
        return .object([
            ("name", .text(function.name)),
            ("summary", options.summary.map(Value.text)),
            ("triggers", list(function.triggers.map(value))),
            ("limits", limits(options.limits)),
            ("isolation", options.isolation.map { .text($0.rawValue) }),
            ("onCrash", options.onCrash.map { .text($0.rawValue) }),
            ("streaming", streaming(function.streaming)),
            ("idempotent", flag(options.idempotent)),
            ("public", flag(options.isPublic)),
            ("sequence", list(function.steps.map(Value.text))),
            ("delivery", delivery(function.delivery)),
        ])
    }

    private static func delivery(_ delivery: Delivery) -> Value? {
        guard delivery != Delivery() else { return nil }
        return .object([
            ("maximumAttempts", delivery.maximumAttempts.map(Value.number)),
            ("maximumAgeMilliseconds", milliseconds(delivery.maximumAge)),
            ("onSuccess", delivery.onSuccess.map { .text($0.text) }),
            ("onFailure", delivery.onFailure.map { .text($0.text) }),
        ])
    }

    private static func permissions(_ permissions: Permissions) -> Value? {
        guard permissions != Permissions() else { return nil }
        return .object([
            ("read", list(permissions.read.map(Value.text))),
            ("write", list(permissions.write.map(Value.text))),
            ("network", flag(permissions.network)),
            ("subprocesses", flag(permissions.subprocesses)),
        ])
    }

    private static func value(of trigger: TriggerDeclaration) -> Value {
        switch trigger {
        case .http(let method, let path):
            .object([("http", .object([("method", .text(method)), ("path", .text(path))]))])
        case .cron(let members):
            .object([("cron", .object(members.map { ($0.name, $0.value.map(Value.text)) }))])
        case .files(let files): value(of: files)
        case .event(let type, let attributes):
            .object([
                (
                    "event",
                    .object([
                        ("type", .text(type)),
                        (
                            "attributes",
                            attributes.isEmpty
                                ? nil
                                : .object(
                                    attributes.sorted { $0.key < $1.key }.map {
                                        ($0.key, .text($0.value))
                                    }
                                )
                        ),
                    ])
                )
            ])
        case .internal: .object([("internal", .object([]))])
        }
    }

    private static func value(of files: FilesDeclaration) -> Value {
        let kinds = files.kinds.map(\.rawValue).sorted().map(Value.text)
        let members: [(String, Value?)] = [
            ("directory", .text(files.directory)),
            ("matching", list(files.matching.map(Value.text))),
            ("recursive", flag(files.recursive)),
            ("kinds", list(kinds)),
            ("stableForMilliseconds", milliseconds(files.stableFor)),
            ("batch", files.batch.map(Value.number)),
            ("parallelism", files.parallelism.map(Value.number)),
            ("order", files.order.map { .text($0.rawValue) }),
            ("afterwards", files.afterwards.map { .text($0.rawValue) }),
            ("largestBytes", files.largest.map { .number($0.bytes) }),
        ]
        return .object([("files", .object(members))])
    }

    private static func limits(_ limits: Limits) -> Value? {
        let members: [(String, Value?)] = [
            ("timeoutMilliseconds", milliseconds(limits.timeout)),
            ("cpuMilliseconds", milliseconds(limits.cpu)),
            ("memoryBytes", limits.memory.map { .number($0.bytes) }),
            ("concurrency", limits.concurrency.map(Value.number)),
            ("ratePerMinute", limits.rate.map { .number($0.perMinute) }),
            ("burst", limits.burst.map(Value.number)),
            ("errorPercent", limits.errorPercent.map(Value.number)),
            ("cpuPercent", limits.cpuPercent.map(Value.number)),
            ("queueLength", limits.queueLength.map(Value.number)),
            ("queueWaitMilliseconds", milliseconds(limits.queueWait)),
            ("requestBytes", limits.requestSize.map { .number($0.bytes) }),
            ("responseBytes", limits.responseSize.map { .number($0.bytes) }),
            ("logBytes", limits.logSize.map { .number($0.bytes) }),
            ("startMilliseconds", milliseconds(limits.start)),
            ("idleMilliseconds", milliseconds(limits.idle)),
        ]
        return members.contains { $0.1 != nil } ? .object(members) : nil
    }

    private static func milliseconds(_ duration: Duration?) -> Value? {
        duration.map { .number(Int($0 / .milliseconds(1))) }
    }

    private static func streaming(_ streaming: Streaming) -> Value? {
        streaming.isEmpty
            ? nil
            : .object([
                ("request", flag(streaming.contains(.request))),
                ("response", flag(streaming.contains(.response))),
            ])
    }

    private static func flag(_ value: Bool) -> Value? { value ? .yes : nil }

    private static func list(_ values: [Value]) -> Value? { values.isEmpty ? nil : .list(values) }

    private mutating func write(_ value: Value) {
        switch value {
        case .text(let string): quote(string)
        case .number(let number): text += String(number)
        case .yes: text += "true"
        case .list(let values):
            separated(values, between: "[", "]") { writer, value in writer.write(value) }
        case .object(let members): object(members)
        }
    }

    private mutating func object(_ members: [(String, Value?)]) {
        let present = members.compactMap { name, value in value.map { (name, $0) } }
        separated(present, between: "{", "}") { writer, member in
            writer.quote(member.0)
            writer.text += ":"
            writer.write(member.1)
        }
    }

    private mutating func separated<Element>(
        _ elements: [Element],
        between open: String,
        _ close: String,
        _ body: (inout Self, Element) -> Void
    ) {
        text += open
        for (index, element) in elements.enumerated() {
            if index > 0 { text += "," }
            body(&self, element)
        }
        text += close
    }

    private mutating func quote(_ string: String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"", "\\":
                text += "\\"
                text.unicodeScalars.append(scalar)
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
