internal import FoundationEssentials
internal import FunctionModel

extension LogEvent {
    /// The event as one line of JSON.
    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        } catch {
            return
                "{\"level\":\"error\",\"message\":\"a log event could not be encoded: \(error)\"}"
        }
    }

    /// The event as a line for people.
    var text: String {
        let values = (metadata ?? [:]).sorted { $0.key < $1.key }
            .map { " \($0.key)=\($0.value)" }.joined()
        let clock = Date(timeIntervalSince1970: time).formatted(
            .iso8601.time(includingFractionalSeconds: true)
        )
        return "\(clock) \(level) \(source): \(message)\(values)"
    }
}
