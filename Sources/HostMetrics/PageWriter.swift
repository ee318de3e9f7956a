/// The labels of one series, valid and in order.
struct LabelSet: Hashable, Sendable {
    private(set) var pairs: [Pair]

    struct Pair: Hashable, Sendable {
        var name: String
        var value: String
    }

    /// Takes labels: names that aren't valid are made so; of two of one name the last counts.
    init(_ labels: [(String, String)]) {
        pairs = []
        for (name, value) in labels {
            let name = PageWriter.validName(name, allowsColon: false)
            pairs.removeAll { $0.name == name }
            pairs.append(Pair(name: name, value: value))
        }
        pairs.sort { $0.name < $1.name }
    }

    subscript(name: String) -> String? {
        get { pairs.first { $0.name == name }?.value }
        set {
            guard let newValue, let index = pairs.firstIndex(where: { $0.name == name }) else {
                return
            }
            pairs[index].value = newValue
        }
    }

    func adding(_ name: String, _ value: String) -> LabelSet {
        var labels = self
        labels.pairs.append(Pair(name: name, value: value))
        return labels
    }
}

/// Writes Prometheus' text format, version 0.0.4.
struct PageWriter {
    private(set) var text = ""

    mutating func family(_ name: String, kind: MetricCatalogue.Kind, help: String) {
        text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n"
        text += "# TYPE \(name) \(kind.rawValue)\n"
    }

    mutating func sample(_ name: String, _ labels: LabelSet, _ value: String) {
        text += name
        if !labels.pairs.isEmpty {
            let pairs = labels.pairs.map {
                "\($0.name)=\"\(Self.escaped($0.value, quotes: true))\""
            }
            text += "{\(pairs.joined(separator: ","))}"
        }
        text += " \(value)\n"
    }

    /// A number as the format writes it.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), abs(value) < 1e15 { return "\(Int64(value))" }
        return "\(value)"
    }

    /// A valid name near to the given one: letters, digits, `_` and perhaps `:`, no digit first.
    static func validName(_ name: String, allowsColon: Bool = true) -> String {
        var valid = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "_": valid.unicodeScalars.append(scalar)
            case "0"..."9" where !valid.isEmpty: valid.unicodeScalars.append(scalar)
            case ":" where allowsColon: valid.unicodeScalars.append(scalar)
            default: valid += "_"
            }
        }
        return valid.isEmpty ? "_" : valid
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        guard text.utf8.contains(where: { [0x0A, 0x22, 0x5C].contains($0) }) else { return text }
        return text.unicodeScalars.reduce(into: "") { escaped, scalar in
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
    }
}
