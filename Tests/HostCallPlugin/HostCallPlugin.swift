import FunctionSDK

/// What a test wants to have done.
struct Ask: Codable, Sendable {
    var key = "k"
    var text = ""
    var size: Int?
    var version: Int64?
    var milliseconds = 0
    var wait = 0
    var count = 1
    var function = ""
}

/// What was seen.
struct Seen: Codable, Sendable {
    var text: String?
    var version: Int64?
    var count: Int?
}

extension Ask {
    var time: Duration { .milliseconds(milliseconds) }
    var lifetime: Duration? { milliseconds == 0 ? nil : time }
    var condition: StateCondition {
        switch version {
        case nil: .any
        case 0: .absent
        case let version?: .version(version)
        }
    }
    var value: String { size.map { String(repeating: "x", count: $0) } ?? text }

    enum CodingKeys: CodingKey {
        case key, text, size, version, milliseconds, wait, count, function
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        key = try values.decodeIfPresent(String.self, forKey: .key) ?? "k"
        text = try values.decodeIfPresent(String.self, forKey: .text) ?? ""
        size = try values.decodeIfPresent(Int.self, forKey: .size)
        version = try values.decodeIfPresent(Int64.self, forKey: .version)
        milliseconds = try values.decodeIfPresent(Int.self, forKey: .milliseconds) ?? 0
        wait = try values.decodeIfPresent(Int.self, forKey: .wait) ?? 0
        count = try values.decodeIfPresent(Int.self, forKey: .count) ?? 1
        function = try values.decodeIfPresent(String.self, forKey: .function) ?? ""
    }
}

private let stateFunction = Function("state", onCrash: .restart) {
    (ask: Ask, context) async throws -> Seen in
    switch ask.function {
    case "set":
        let version = try await context.state.set(
            ask.key,
            to: ask.value,
            if: ask.condition,
            lifetime: ask.lifetime
        )
        return Seen(version: version)
    case "remove":
        return Seen(count: try await context.state.remove(ask.key, if: ask.condition) ? 1 : 0)
    case "add":
        return Seen(count: try await context.state.update(ask.key) { ($0 ?? 0) + 1 })
    case "many":
        let found = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<ask.count {
                group.addTask {
                    try await context.state.set("\(number)", to: number)
                    return try await context.state.value("\(number)", as: Int.self) == number
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        return Seen(count: found)
    default:
        let entry = try await context.state.entry(ask.key, as: String.self)
        return Seen(text: entry?.value, version: entry?.version)
    }
}

private let addPlainly = Function("add-plainly") { (ask: Ask, context) -> Seen in
    Seen(count: try context.state.update(ask.key) { ($0 ?? 0) + 1 })
}

private let lockFunction = Function(
    "lock",
    limits: Limits(concurrency: 4),
    onCrash: .restart
) { (ask: Ask, context) async throws -> Seen in
    let wait = Duration.milliseconds(ask.wait)
    guard let lock = try await context.lock(ask.key, for: ask.time, waiting: wait) else {
        return Seen(text: "busy")
    }
    switch ask.text {
    case "crash": fatalError("with the lock in its hands")
    case "fail": throw FunctionError(status: 500, message: "with the lock in its hands")
    case "keep": break
    case "outlive":
        try await context.sleep(for: ask.time * 2)
        do { try await lock.release() } catch let error as StateError {
            return Seen(text: "lost", version: Int64(error.status))
        }
    case "renew":
        try await context.sleep(for: ask.time / 2)
        try await lock.renew(for: ask.time)
        try await context.sleep(for: ask.time * 3 / 5)
        try await lock.release()
    default:
        try await context.sleep(for: .milliseconds(ask.count))
        try await lock.release()
    }
    return Seen(text: "had", version: lock.token)
}

private let queueFunction = Function("queue") { (ask: Ask, context) async throws -> Seen in
    let queued = QueuedCall.async(
        delay: ask.lifetime,
        orderingKey: ask.text.isEmpty ? nil : ask.text,
        idempotencyKey: ask.key == "k" ? nil : ask.key
    )
    return Seen(text: try await context.invoke(ask.function, ask, queued))
}

/// Queues itself again and again, and counts how often it ran.
private let chain = Function("chain") { (ask: Ask, context) -> Seen in
    let count = try context.state.update("runs") { ($0 ?? 0) + 1 }
    do {
        let id = try context.invoke("asks.chain", ask, .async)
        return Seen(text: id, count: count)
    } catch let error as InvokeError {
        try context.state.set("end", to: error.status)
        return Seen(text: error.message, version: Int64(error.status), count: count)
    }
}

/// Says what `chain` has written into its state.
private let emitFunction = Function("emit") { (ask: Ask, context) async throws -> Seen in
    let attributes = ask.text.isEmpty ? [:] : ["id": ask.text]
    let receipt = try await context.emit(ask.key, ask, attributes: attributes)
    return Seen(text: receipt.id, count: receipt.subscribers)
}

private let failing = Function("fail") { (ask: Ask, context) throws -> Seen in
    let attempt = try context.state.update("attempts-\(ask.key)") { ($0 ?? 0) + 1 }
    if attempt > ask.count { return Seen(count: attempt) }
    let status = Int(ask.version ?? 500)
    throw FunctionError(
        status: status,
        message: "attempt \(attempt)",
        retryable: ask.text.isEmpty ? nil : ask.text == "retryable",
        retryAfter: ask.lifetime
    )
}

/// Calls whose replies are given again, or aren't.
private let keyed = [
    Function("count-slowly") { (ask: Ask, context) async throws -> Seen in
        try await context.sleep(for: ask.time)
        return Seen(count: try await context.state.update(ask.key) { ($0 ?? 0) + 1 })
    },
    Function("stream", streaming: .response) { (body: RawRequest, context) async throws in
        try await context.stream.write("piece")
    },
    Function("large") { (ask: Ask, context) -> String in
        String(repeating: "x", count: ask.size ?? 0)
    },
]

/// Steps of sequences: what each gives tells what it got.
private let steps = [
    Function("step") { (text: String, context) -> String in
        if text == "runs?" { return "\(try context.state.value("runs", as: Int.self) ?? 0)" }
        _ = try context.state.update("runs", of: Int.self) { ($0 ?? 0) + 1 }
        return "\(text)+"
    },
    Function("gate") { (text: String, context) async throws -> String in
        try await context.sleep(for: .seconds(2))
        return "\(text)g"
    },
    Function("flaky") { (text: String, context) throws -> String in
        if context.attempt == 1 {
            throw FunctionError(status: 503, message: "not yet", retryAfter: .zero)
        }
        return "\(text)f\(context.attempt)"
    },
    Function("refuse") { (text: String, context) throws -> String in
        throw FunctionError(status: 409, message: "no")
    },
    Function("line", .http(.post, "/line"), sequence: ["step", "asks.step", "step"]),
    Function("broken", sequence: ["step", "refuse", "step"]),
    Function("flaky-line", sequence: ["step", "flaky", "step"]),
    Function("slow-line", sequence: ["step", "gate", "step"]),
    Function("hurried", limits: Limits(timeout: .milliseconds(1_500)), sequence: ["step", "gate"]),
    Function("nested", sequence: ["line", "step"]),
    Function("lost", sequence: ["step", "nowhere.at-all"]),
]

/// A plugin of tests, which asks the host for everything there is.
let asks = Plugin("asks") {
    stateFunction
    addPlainly
    lockFunction
    queueFunction
    chain
    emitFunction
    failing
    keyed
    steps
}

/// Exports the plugin.
@c(roost_plugin_asks) public func entry(_ host: HostAPI) -> PluginPointer? {
    asks.export(to: host)
}
