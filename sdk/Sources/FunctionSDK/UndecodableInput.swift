/// The event's body isn't what the function takes; the caller's fault, status 400.
struct UndecodableInput: Error, CustomStringConvertible {
    let description: String

    init(_ error: any Error, what: String = "body") {
        guard let error = error as? DecodingError else {
            description = "The \(what) can't be decoded: \(error)"
            return
        }
        let (place, reason) = Self.explain(error)
        description = "The \(what) can't be decoded: \(place)\(reason)"
    }

    private static func explain(_ error: DecodingError) -> (place: String, reason: String) {
        switch error {
        case .keyNotFound(let key, let context):
            (place(context.codingPath + [key]), "is missing.")
        case .valueNotFound(let type, let context):
            (place(context.codingPath), "is null, but has to be \(article(type)).")
        case .typeMismatch(let type, let context):
            (place(context.codingPath), "has to be \(article(type)).")
        case .dataCorrupted(let context):
            context.codingPath.isEmpty
                ? ("", context.debugDescription)
                : (place(context.codingPath), "is not valid: \(context.debugDescription)")
        @unknown default:
            ("", String(describing: error))
        }
    }

    private static func place(_ path: [any CodingKey]) -> String {
        if path.isEmpty { return "the value " }
        var text = ""
        for key in path {
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += text.isEmpty ? key.stringValue : "." + key.stringValue
            }
        }
        return "'\(text)' "
    }

    private static func article(_ type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Bool.Type: "true or false"
        case is any BinaryInteger.Type: "a whole number"
        case is any BinaryFloatingPoint.Type: "a number"
        case is [Any].Type: "an array"
        case is [String: Any].Type: "an object"
        default: "a \(type)"
        }
    }
}
