/// A strict reader of Prometheus' text format 0.0.4, written from its description and not from our
/// writer.
struct PrometheusPage {
    struct Family {
        var help: String?
        var kind: String?
        var samples: [Sample] = []
    }

    struct Sample: Hashable {
        var name: String
        var labels: [String: String]
        var value: Double
    }

    struct Fault: Error, CustomStringConvertible { var description: String }

    private(set) var families: [String: Family] = [:]
    private var order: [String] = []

    init(_ text: String) throws {
        guard text.isEmpty || text.hasSuffix("\n") else {
            throw Fault(description: "no line end at the end")
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            guard !line.isEmpty else { throw Fault(description: "an empty line") }
            if line.hasPrefix("#") { try comment(line) } else { try sample(line) }
        }
        for (name, family) in families { try check(name, family) }
    }

    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        families.values.flatMap(\.samples).first { $0.name == name && $0.labels == labels }?.value
    }

    private mutating func comment(_ line: Substring) throws {
        let parts = line.split(separator: " ", maxSplits: 3).map(String.init)
        guard parts.count == 4, parts[0] == "#" else {
            throw Fault(description: "odd comment: \(line)")
        }
        let name = parts[2]
        switch parts[1] {
        case "HELP":
            guard families[name] == nil else { throw Fault(description: "second HELP of \(name)") }
            families[name] = Family(help: parts[3])
            order.append(name)
        case "TYPE":
            guard order.last == name, families[name]?.kind == nil,
                families[name]?.samples.isEmpty == true
            else { throw Fault(description: "TYPE of \(name) in an odd place") }
            guard ["counter", "gauge", "histogram"].contains(parts[3]) else {
                throw Fault(description: "odd type \(parts[3])")
            }
            families[name]?.kind = parts[3]
        default: throw Fault(description: "odd comment: \(line)")
        }
    }

    private mutating func sample(_ line: Substring) throws {
        var scanner = Scanner(rest: line)
        let name = try scanner.name(colon: true)
        let labels = try scanner.labels()
        guard scanner.take(" ") else {
            throw Fault(description: "no blank before the value: \(line)")
        }
        guard let value = Self.number(scanner.rest) else {
            throw Fault(description: "odd value: \(line)")
        }
        guard let family = order.last, belongs(name, to: family) else {
            throw Fault(description: "\(name) stands outside of its family")
        }
        let sample = Sample(name: name, labels: labels, value: value)
        guard
            families[family]?.samples.contains(where: { $0.name == name && $0.labels == labels })
                == false
        else { throw Fault(description: "the same series twice: \(line)") }
        families[family]?.samples.append(sample)
    }

    private func belongs(_ name: String, to family: String) -> Bool {
        guard families[family]?.kind == "histogram" else { return name == family }
        return ["_bucket", "_sum", "_count"].contains { name == family + $0 }
    }

    private func check(_ name: String, _ family: Family) throws {
        guard family.kind != nil, family.help?.isEmpty == false, !family.samples.isEmpty else {
            throw Fault(description: "\(name) is not complete")
        }
        if family.kind == "counter" {
            guard name.hasSuffix("_total"), family.samples.allSatisfy({ $0.value >= 0 }) else {
                throw Fault(description: "\(name) is no counter")
            }
        }
        if family.kind == "histogram" { try checkHistogram(name, family) }
    }

    private func checkHistogram(_ name: String, _ family: Family) throws {
        let groups = Dictionary(grouping: family.samples) { $0.labels.filter { $0.key != "le" } }
        for (labels, samples) in groups {
            let buckets = samples.filter { $0.name == "\(name)_bucket" }
            let bounds = buckets.compactMap { $0.labels["le"].flatMap { Self.number($0[...]) } }
            guard bounds.count == buckets.count, bounds == bounds.sorted(),
                Set(bounds).count == bounds.count,
                bounds.last == .infinity
            else { throw Fault(description: "\(name) \(labels): odd buckets") }
            let counts = buckets.map(\.value)
            guard counts == counts.sorted(), counts.last == value("\(name)_count", labels),
                value("\(name)_sum", labels) != nil
            else { throw Fault(description: "\(name) \(labels): the counts contradict each other") }
        }
    }

    private static func number(_ text: Substring) -> Double? {
        switch text {
        case "+Inf": .infinity
        case "-Inf": -.infinity
        case "NaN": .nan
        default: text.allSatisfy { "0123456789.e+-".contains($0) } ? Double(text) : nil
        }
    }

    private struct Scanner {
        var rest: Substring

        mutating func take(_ character: Character) -> Bool {
            guard rest.first == character else { return false }
            rest.removeFirst()
            return true
        }

        mutating func name(colon: Bool) throws -> String {
            let end = rest.firstIndex { character in
                !(character.isASCII
                    && (character.isLetter || character.isNumber || character == "_"
                        || (colon && character == ":")))
            }
            let name = rest[..<(end ?? rest.endIndex)]
            guard let first = name.first, !first.isNumber else {
                throw Fault(description: "odd name at \(rest)")
            }
            rest = rest[name.endIndex...]
            return String(name)
        }

        mutating func labels() throws -> [String: String] {
            guard take("{") else { return [:] }
            var labels: [String: String] = [:]
            while !take("}") {
                let name = try name(colon: false)
                guard take("="), take("\"") else { throw Fault(description: "odd label \(name)") }
                guard labels.updateValue(try quoted(), forKey: name) == nil else {
                    throw Fault(description: "label \(name) twice")
                }
                guard take(",") || rest.first == "}" else {
                    throw Fault(description: "odd label \(name)")
                }
            }
            return labels
        }

        private mutating func quoted() throws -> String {
            var text = ""
            while let character = rest.popFirst() {
                switch character {
                case "\"": return text
                case "\\":
                    switch rest.popFirst() {
                    case "n": text.append("\n")
                    case "\\": text.append("\\")
                    case "\"": text.append("\"")
                    default: throw Fault(description: "odd escape")
                    }
                default: text.append(character)
                }
            }
            throw Fault(description: "a label has no end")
        }
    }
}
