internal import FunctionModel
internal import Logging
internal import Platform

extension HostLog {
    /// A logger for a part of the host.
    func logger(_ label: String, level: Logger.Level) -> Logger {
        var logger = Logger(label: label) { HostLogHandler(label: $0, log: self) }
        logger.logLevel = level
        return logger
    }
}

/// The bridge from swift-log to `HostLog`.
private struct HostLogHandler: LogHandler {
    let label: String
    let log: HostLog
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info

    init(label: String, log: HostLog) {
        self.label = label
        self.log = log
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: Logging.LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        log.write(
            FunctionModel.LogEvent(
                time: WallClock.now,
                level: event.level.rawValue,
                source: label,
                message: event.message.description,
                metadata: all.isEmpty ? nil : all.mapValues(\.description)
            )
        )
    }
}
