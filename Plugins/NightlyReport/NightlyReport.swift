import FunctionSDK
import Glibc

/// What a system's package log says of the days since the last report.
struct Report: Codable, Sendable, Equatable {
    /// The first day and the last one, both included; `nil` when the log has none of them.
    var from: String?
    var until: String?
    var installed = 0
    var upgraded = 0
    var removed = 0
    /// The packages that changed, in the order of their names, at most a hundred.
    var packages: [String] = []
}

/// Up to which day the reports have told, and what the latest of them went on from.
private struct Told: Codable {
    var tick: String
    var after: String?
    var until: String
}

/// Each morning, about every day that no report has told of yet.
///
/// A host that was down at six makes up for it when it is back (`catchUp`), and what the state
/// remembers makes that report cover all the days in between.
private let nightly = Function(
    "nightly",
    .cron("0 6 * * *", timeZone: "Europe/Berlin", catchUp: .last, overlap: .forbid),
    summary: "Reports what was installed, upgraded and removed.",
    limits: Limits(timeout: .seconds(60))
) { (tick: Tick, context) throws -> Report in
    let path = context.configuration("log") ?? "/var/log/dpkg.log"
    let told: Told? = try context.state.value("told")
    // A second attempt of the same tick tells the same again.
    let after = told?.tick == tick.id ? told?.after : told?.until
    // The day of the tick isn't over.
    let today = String(tick.id.split(separator: "@").last?.prefix(10) ?? "")
    let report = try read(path, after: after ?? "", before: today)
    context.logger.info(
        "\(report.installed) installed, \(report.upgraded) upgraded, \(report.removed) removed"
    )
    if let until = report.until {
        try context.state.set("told", to: Told(tick: tick.id, after: after, until: until))
    }
    return report
}

let report = Plugin(
    "report",
    summary: "What changed on this machine.",
    permissions: Permissions(read: ["/var/log"])
) {
    nightly
}

/// Reads the log line by line: `2026-01-31 06:25:01 install curl:amd64 <none> 8.14`.
private func read(_ path: String, after told: String, before today: String) throws -> Report {
    guard let file = fopen(path, "re") else {
        throw FunctionError(status: 500, message: "\(path): \(String(cString: strerror(errno)))")
    }
    defer { fclose(file) }
    var report = Report()
    var packages: Set<String> = []
    var line: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer { free(line) }
    while getline(&line, &capacity, file) > 0, let line {
        let words = String(cString: line).split(whereSeparator: \.isWhitespace)
        guard words.count > 3, words[0] > told, words[0] < today else { continue }
        switch words[2] {
        case "install": report.installed += 1
        case "upgrade": report.upgraded += 1
        case "remove": report.removed += 1
        default: continue
        }
        report.from = report.from ?? String(words[0])
        report.until = String(words[0])
        if packages.count < 100 { packages.insert(String(words[3])) }
    }
    report.packages = packages.sorted()
    return report
}

/// Exports the plugin.
@c(roost_plugin_report) public func entry(_ host: HostAPI) -> PluginPointer? {
    report.export(to: host)
}
