internal import ArgumentParser
internal import FunctionModel

/// What is wished of the delivery of a queued invocation, on the command line.
struct DeliveryFlags: ParsableArguments {
    @Option(help: ArgumentHelp("Not to be started before so long: 30s, 5m.", valueName: "time"))
    var delay: String?

    @Option(help: ArgumentHelp("Not to be started before this instant.", valueName: "instant"))
    var notBefore: String?

    @Option(help: ArgumentHelp("Not to be started after: 1h, or an instant.", valueName: "when"))
    var deadline: String?

    @Option(help: ArgumentHelp("Those that share it run one at a time.", valueName: "key"))
    var orderingKey: String?

    @Option(help: ArgumentHelp("Higher ones run first (-1000 to 1000).", valueName: "number"))
    var priority: String?

    @Option(help: ArgumentHelp("How often it may be started.", valueName: "count"))
    var maximumAttempts: String?

    @Option(help: ArgumentHelp("How long it may be tried again.", valueName: "time"))
    var maximumAge: String?

    @Option(help: ArgumentHelp("A tighter limit than the function's own.", valueName: "time"))
    var timeout: String?

    @Option(help: ArgumentHelp("A URL that hears of the end.", valueName: "url"))
    var callback: String?

    @Option(
        help: ArgumentHelp(
            "Who hears of a success: function:a.b, event:type, a URL or file:name.",
            valueName: "destination"
        )
    )
    var onSuccess: String?

    @Option(help: ArgumentHelp("Who hears of a dead letter.", valueName: "destination"))
    var onFailure: String?

    /// The flags that were given, as header fields.
    var fields: [(String, String)] {
        let given: [(DeliveryKey, String?)] = [
            (.delay, delay), (.notBefore, notBefore), (.deadline, deadline),
            (.orderingKey, orderingKey), (.priority, priority),
            (.maximumAttempts, maximumAttempts), (.maximumAge, maximumAge), (.timeout, timeout),
            (.callback, callback), (.onSuccess, onSuccess), (.onFailure, onFailure),
        ]
        return given.compactMap { key, value in value.map { (key.field, $0) } }
    }

    /// Refuses flags that the host wouldn't take, before it is asked.
    ///
    /// - Throws: `CommandFailure`.
    func check() throws {
        do throws(DeliveryProblem) {
            _ = try DeliveryWishes(fields: fields.map { Field($0.0, $0.1) })
        } catch {
            throw CommandFailure(.usage, "\(error)")
        }
    }
}
