internal import FoundationEssentials
public import FunctionModel

extension LogEvent {
    /// The event as one line of JSON, whatever bytes a plugin wrote.
    public var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        } catch {
            // Only a time that is no number could do that.
            return
                #"{"level":"error","message":"a log event could not be encoded","source":"host"}"#
        }
    }

    /// The event as lines for people; what plugins put into it steers no terminal and forges no line.
    public var text: String {
        let values = (metadata ?? [:]).sorted { $0.key < $1.key }
            .map { " \($0.key.forTerminal)=\($0.value.forTerminal)" }.joined()
        let clock = Date(timeIntervalSince1970: time).formatted(
            .iso8601.time(includingFractionalSeconds: true)
        )
        return "\(clock) \(level) \(source): \(message.forTerminal)\(values)"
    }
}
