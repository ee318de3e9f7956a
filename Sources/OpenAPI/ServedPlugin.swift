public import ForeignSignatures
public import FunctionModel

/// A plugin in service, with all that its description says.
public struct ServedPlugin: Sendable {
    /// The version in service.
    public var version: PluginVersion
    /// What is in force for its functions.
    public var functions: [FunctionDefinition]
    /// How its functions are called, where they are plain C.
    public var signatures: SignatureFile?

    /// Joins what is known.
    public init(
        version: PluginVersion,
        functions: [FunctionDefinition],
        signatures: SignatureFile? = nil
    ) {
        self.version = version
        self.functions = functions
        self.signatures = signatures
    }

    var name: String { version.manifest.plugin }

    /// The signature of a function; `nil` where it isn't plain C.
    func signature(of function: FunctionDefinition) -> Signature? {
        signatures?.served.first { $0.name == function.name.function }
    }
}

extension FunctionDefinition {
    /// Whether `/functions/NAME` reaches it, as the dispatcher decides it.
    var isCallableByName: Bool {
        manifest.public ?? false || triggers.isEmpty || triggers.contains { $0.http != nil }
    }

    /// Its summary and its limits, for people.
    var words: String {
        var words = manifest.summary.map { Self.sentence($0) + "\n\n" } ?? ""
        if let steps = manifest.sequence {
            words += "Runs \(steps.joined(separator: ", then ")).\n\n"
        }
        words += "Limits: \(limits)."
        if manifest.idempotent == true { words += " Running it twice does no harm." }
        let others = triggers.compactMap { trigger in
            if let cron = trigger.cron { return "the schedule `\(cron.expression)`" }
            if let files = trigger.files { return "files in `\(files.directory)`" }
            return trigger.event.map { "events `\($0.type)`" }
        }
        if !others.isEmpty { words += " Also run by \(others.joined(separator: ", "))." }
        return words
    }

    private var limits: String {
        var list = ["\(Self.seconds(quota.timeout)) s"]
        if manifest.streaming?.request != true {
            list.append("\(quota.requestSize.bytes) bytes of request")
        }
        if manifest.streaming?.response != true {
            list.append("\(quota.responseSize.bytes) bytes of reply")
        }
        if let rate = quota.ratePerMinute { list.append("\(rate) calls in a minute") }
        return list.joined(separator: ", ")
    }

    private static func seconds(_ duration: Duration) -> String {
        let seconds = duration.inSeconds
        return Int(exactly: seconds).map { "\($0)" } ?? "\(seconds)"
    }

    private static func sentence(_ text: String) -> String {
        text.hasSuffix(".") || text.hasSuffix("!") || text.hasSuffix("?") ? text : text + "."
    }
}
