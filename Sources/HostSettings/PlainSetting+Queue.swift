internal import FunctionModel

/// The settings of what is told and kept of invocations.
extension PlainSetting {
    /// Puts a value in force.
    ///
    /// - Parameters:
    ///   - text: The value.
    ///   - settings: Where it goes.
    /// - Returns: What should have been written; `nil` when the value is good.
    func applyQueue(_ text: String, to settings: inout Settings) -> String? {
        switch self {
        case .deliverTo:
            let urls = text.split(separator: ",").map { $0.filter { !$0.isWhitespace } }
            guard urls.allSatisfy({ $0 == "*" || DeliveryURL($0) != nil }) else {
                return "URLs with commas between them, such as https://hooks.example.com/, or '*'"
            }
            settings.deliveries.urls = urls
        case .deliverInto:
            guard text.isEmpty || text.hasPrefix("/") else { return "a directory, from '/' on" }
            settings.deliveries.directory = text.isEmpty ? nil : text
        case .recordSample:
            guard let number = Int(text), (0...1_000_000).contains(number) else {
                return "a number from 0 (none) to 1000000 (one in so many)"
            }
            settings.recordSample = number
        default: break
        }
        return nil
    }
}
