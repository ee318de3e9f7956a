import Foundation

/// A fault that a function of the zoo commits, and how its caller has to be answered.
struct Fault: Sendable {
    /// What has to become of it, and how often the campaign tries each.
    enum Group: String, Sendable, CaseIterable {
        /// Ends its invocation at once and leaves its cell alone.
        case contained
        /// Goes on until its worker is ended.
        case endless
        /// Goes on in a library, where its worker can't be ended; its cell is renewed.
        case deaf
        /// Takes memory for as long as it gets any.
        case bomb

        /// Rounds of the long campaign, and how many of them are run in one go.
        var wanted: (rounds: Int, piece: Int) {
            switch self {
            case .contained: (10_000, 500)
            case .endless: (200, 20)
            case .deaf: (100, 5)
            case .bomb: (100, 10)
            }
        }

        /// Rounds of the short run, for a number that its caller may raise.
        func few(of rounds: Int) -> Int {
            switch self {
            case .contained: rounds
            case .endless: max(2, rounds / 10)
            case .deaf: max(1, rounds / 25)
            case .bomb: max(2, rounds / 20)
            }
        }
    }

    /// The memory that a bomb is given.
    static let memory = 32 << 20

    /// The function's name in the zoo.
    var function: String
    var group: Group
    /// What the reply's `reason` has to be, where it has one.
    var reason = ""
    /// Words of which one has to stand in the reply.
    var words: [String] = []

    /// The wall time that the function is given.
    var limit: Duration? {
        switch group {
        case .contained, .bomb: nil
        case .endless: .milliseconds(50)
        case .deaf: .milliseconds(200)
        }
    }

    /// What of a time between request and reply counts: for limits, what is over the limit.
    func ending(_ time: Duration) -> Duration { limit.map { max(.zero, time - $0) } ?? time }

    /// Whether a reply names this fault as it should.
    func isNamed(by reply: Reply) -> Bool {
        let outcome = reply.headers["roost-outcome"]
        switch group {
        case .contained:
            return reply.status == 502 && outcome == "crashed"
                && reply.body.contains(#""reason":"\#(reason)""#)
                && words.contains { reply.body.contains($0) }
        case .endless, .deaf:
            return reply.status == 504 && outcome == "timedOut"
        case .bomb:
            return reply.status == 502 && outcome == "memoryExceeded"
                && reply.body.contains("its memory limit of \(Self.memory >> 20) MiB")
        }
    }
}

extension Fault {
    /// Every kind that is tried, shortly in `make test` and for long in `make campaign`.
    static let all = contained + endless + deaf + bombs

    /// The kinds that a worker contains.
    static let contained = [
        crash("fatal-error", "trap", "Fatal error: zoo says no"),
        crash("precondition", "trap", "trapped", "zoo wants one"),
        crash("index", "trap", "trapped", "Index out of range"),
        crash("nil", "trap", "trapped", "Unexpectedly found nil"),
        crash("overflow", "trap", "trapped"),
        crash("divide", "trap", "trapped", "Division by zero"),
        crash("bad-cast", "abort", "Could not cast value"),
        crash("try", "trap", "zoo threw"),
        crash("exclusivity", "abort", "Simultaneous accesses"),
        crash("wild-pointer", "segmentationFault", "0x10"),
        crash("stack-overflow", "stackOverflow", "stack overflowed"),
        crash("abort", "abort", "called abort()"),
        crash("cxx-exception", "uncaughtException", "zoo says no, in C++"),
        crash("exit", "exit", "exit(3)"),
    ]

    /// Loops, waits and async handlers that would go on for ever.
    static let endless = [
        "loop", "loop-in-c", "alloc-loop", "generic-loop", "sleep", "read", "lock", "sleep-async",
        "deaf-async", "spin-async", "spin-child", "sleep-child", "spin-detached", "never",
    ].map { Fault(function: $0, group: .endless) }

    /// Loops that never return to the plugin's code.
    static let deaf = ["loop-in-zlib", "loop-in-jpeg", "loop-in-pattern", "loop-in-sort"]
        .map { Fault(function: $0, group: .deaf) }

    /// Ways to take too much memory.
    static let bombs = [
        "bomb-objects", "bomb-huge", "bomb-array", "bomb-dictionary", "bomb-string", "bomb-data",
        "bomb-fragments", "bomb-malloc",
    ].map { Fault(function: $0, group: .bomb) }

    private static func crash(_ function: String, _ reason: String, _ words: String...) -> Fault {
        Fault(function: function, group: .contained, reason: reason, words: words)
    }

    /// The settings of a host that holds the zoo to what each fault runs into.
    static var settings: String {
        let limits = all.compactMap { fault -> String? in
            let name = "  zoo.\(fault.function): { limits: "
            if fault.group == .bomb { return name + "{ memory: \(memory >> 20)MiB } }" }
            return fault.limit.map { name + "{ timeout: \(Int($0 / .milliseconds(1)))ms } }" }
        }
        return "functions:\n" + limits.joined(separator: "\n") + "\n"
    }
}
