/// A signature file for a header, with a question wherever C doesn't say what is meant.
struct SignatureProposal {
    private let header: CHeader
    private var types: [String: Value] = [:]
    private var typeOrder: [String] = []
    /// What a person has to decide, each with its place.
    private(set) var questions: [String] = []
    /// The functions that no signature file can say.
    private(set) var left: [String] = []
    private(set) var functions: [Value] = []
    private var names: Set<String> = []

    init(_ header: CHeader) {
        self.header = header
        let all = Set(header.functions.map(\.name))
        for (index, function) in header.functions.enumerated() {
            guard functions.count < Self.limit else {
                left.append(
                    "\(header.functions.count - index) more: a file has at most \(Self.limit) functions, "
                        + "and --only chooses"
                )
                break
            }
            // What the C library has for itself beside a function of the name.
            let plain = String(function.name.drop { $0 == "_" })
            let isTwin = function.name.hasPrefix("__") && all.contains(plain)
            guard !isTwin else { continue }
            propose(function)
        }
    }

    /// The file.
    func file(library: Value, summary: String) -> Value {
        .object([
            ("summary", .text(summary)), ("library", library),
            ("types", .object(typeOrder.compactMap { name in types[name].map { (name, $0) } })),
            ("functions", .list(functions)),
        ])
    }

    /// Why something can't be said.
    private struct Impossible: Error { var words: String }

    private mutating func propose(_ function: CHeader.Function) {
        do throws(Impossible) {
            var arguments: [Value] = []
            for (index, parameter) in function.parameters.enumerated() {
                let before = index == 0 ? nil : function.parameters[index - 1]
                arguments.append(try argument(index, parameter, after: before, of: function.name))
            }
            var members: [(String, Value)] = []
            let plain = function.name.lowercased().drop { $0 == "_" }
            let first = plain.first.map { $0.isLetter } ?? false
            var name = (first ? "" : "f") + plain.prefix(28)
            while !names.insert(name).inserted { name += "2" }
            members.append(("name", .text(name)))
            if name != function.symbol { members.append(("symbol", .text(function.symbol))) }
            if !arguments.isEmpty { members.append(("arguments", .list(arguments))) }
            if function.isVariadic {
                members.append(("variadicFrom", .number(Int64(arguments.count))))
                questions.append("\(function.name): declare the arguments that stand for the '...'")
            }
            if let result = try result(function) { members.append(("result", result)) }
            functions.append(.object(members))
        } catch { left.append("\(function.name): \(error.words)") }
    }

    private mutating func argument(
        _ index: Int,
        _ parameter: (name: String, type: String),
        after before: (name: String, type: String)?,
        of function: String
    ) throws(Impossible) -> Value {
        let name = Self.name(parameter.name, index)
        var members: [(String, Value)] = [("name", .text(name))]
        func ask(_ question: String) {
            members.append(("summary", .text("DECIDE: \(question)")))
            questions.append("\(function), \(name): \(question)")
        }
        switch header.form(parameter.type) {
        case .scalar(let scalar):
            members.append(("type", .text(scalar)))
            if let before, isBuffer(before.type), isLength(scalar, name) {
                members.append(("lengthOf", .text(Self.name(before.name, index - 1))))
            }
        case .pointer(.scalar("char"), isConstant: true): members.append(("type", .text("text")))
        case .pointer(.scalar("char"), isConstant: false):
            members += [
                ("type", .text("text")), ("direction", .text("out")), ("capacity", .number(4_096)),
            ]
            ask("how much room the text has (capacity), or whether it goes in")
        case .pointer(.void, let isConstant), .pointer(.scalar("uint8"), let isConstant):
            members.append(("type", .text("bytes")))
            if !isConstant {
                members += [("direction", .text("out")), ("capacity", .number(65_536))]
                ask("how much room there is, or whether the bytes go in (direction)")
            }
        case .pointer(.scalar(let scalar), isConstant: true):
            members.append(("type", .text("\(scalar)[]")))
            ask("a list (\(scalar)[]) or one number (\(scalar)*)")
        case .pointer(.scalar(let scalar), isConstant: false):
            members += [("type", .text(scalar)), ("direction", .text("out"))]
            ask("out, inout, or a list (\(scalar)[])")
        case .pointer(.enumeration(let name), _):
            members += [
                ("type", .text(try declare(enumeration: name))), ("direction", .text("out")),
            ]
            ask("out or inout")
        case .pointer(.record(let record), let isConstant):
            let type = try pointer(to: record)
            members.append(("type", .text(type)))
            if type.hasSuffix("*"), !isConstant {
                members.append(("direction", .text("inout")))
                ask("in, out or inout; or a handle, where the library keeps it between calls")
            }
        case .pointer(.pointer(.record(let record), _), _):
            guard header.records[record]?.isPlain != true else {
                throw Impossible(words: "a pointer to a pointer to struct \(record)")
            }
            members += [("type", .text(try declare(pointee: record))), ("direction", .text("out"))]
        case .pointer(.pointer(.scalar("char"), _), _):
            members += [("type", .text("text")), ("direction", .text("out"))]
            ask("who frees the text that comes out (free), or whether it is a list (text[])")
        case let form: members.append(("type", .text(try written(form))))
        }
        return .object(members)
    }

    /// What callers call an argument: headers may leave names out, or begin them with underscores.
    private static func name(_ written: String, _ index: Int) -> String {
        let plain = written.drop { $0 == "_" }
        return plain.isEmpty ? "argument\(index + 1)" : String(plain)
    }

    private func isBuffer(_ type: String) -> Bool {
        switch header.form(type) {
        case .pointer(.void, _), .pointer(.scalar, _): true
        default: false
        }
    }

    /// Whether an integer behind a buffer is its length, to judge by its type and name.
    private func isLength(_ scalar: String, _ name: String) -> Bool {
        guard !["float", "double", "bool"].contains(scalar) else { return false }
        let words = ["len", "size", "count", "num", "cnt", "bytes"]
        let name = name.lowercased()
        return scalar == "size_t" || name == "n" || words.contains { name.contains($0) }
    }

    private mutating func result(_ function: CHeader.Function) throws(Impossible) -> Value? {
        func asking(_ type: String, _ members: [(String, Value)], _ question: String) -> Value {
            questions.append("\(function.name), result: \(question)")
            return .object(
                [("type", .text(type))] + members + [("summary", .text("DECIDE: \(question)"))]
            )
        }
        let form = header.form(function.result)
        switch form {
        case .void: return nil
        case .scalar("int"):
            return asking("int", [], "what a failure is: ok, error")
        case .pointer(.scalar("char"), let isConstant):
            if isConstant { return .text("text") }
            return asking(
                "text",
                [],
                "which function frees it (free); none where the library keeps it"
            )
        case .pointer(.record(let record), _) where header.records[record]?.isPlain != true:
            return .object([
                ("type", .text(try declare(pointee: record))),
                ("ok", .object([("nonNull", .yes)])),
            ])
        case .pointer(.record(let record), _): return .text(try pointer(to: record))
        case .pointer(.void, _), .pointer(.scalar("uint8"), _):
            return asking("opaque", [], "bytes with a 'length', or nothing that callers see")
        case .pointer(.scalar(let scalar), _):
            return asking("\(scalar)*", [], "one number, or a list with a 'length'")
        default: return .text(try written(form))
        }
    }

    // MARK: - Types

    private mutating func written(_ form: CHeader.Form) throws(Impossible) -> String {
        switch form {
        case .void: return "void"
        case .scalar(let name): return name
        case .enumeration(let name): return try declare(enumeration: name)
        case .record(let name): return try declare(structure: name)
        case .array(let element, let count) where count > 0:
            return try written(element) + "[\(count)]"
        case .function(let type): return try declare(callback: type)
        case .pointer(.scalar("char"), _): return "text"
        case .pointer: return "opaque"
        case .array, .unknown: throw Impossible(words: "a type that signature files don't have")
        }
    }

    private mutating func add(_ name: String, _ value: Value) -> String {
        if types.updateValue(value, forKey: name) == nil { typeOrder.append(name) }
        return name
    }

    private mutating func declare(enumeration name: String) throws(Impossible) -> String {
        let values = (header.enumerations[name] ?? []).map { ($0.name, Value.number($0.value)) }
        guard !values.isEmpty else { throw Impossible(words: "enum \(name), which has no values") }
        return add(name, .object([("enum", .object([("values", .object(values))]))]))
    }

    private mutating func declare(structure name: String) throws(Impossible) -> String {
        guard let record = header.records[name], record.isPlain, !isHandle(name) else {
            throw Impossible(words: "struct \(name), whose fields can't be said")
        }
        if types[name] != nil { return name }
        // So that a struct that leads to itself ends here.
        types[name] = .object([])
        var fields: [(String, Value)] = []
        defer { if typeOrder.last != name { types[name] = nil } }
        for field in record.fields {
            fields.append((field.name, .text(try fieldType(header.form(field.type)))))
        }
        types[name] = nil
        return add(name, .object([("struct", .object([("fields", .object(fields))]))]))
    }

    private mutating func fieldType(_ form: CHeader.Form) throws(Impossible) -> String {
        switch form {
        case .pointer(.scalar("char"), isConstant: true): return "text"
        case .pointer, .function: return "opaque"
        case .array(.scalar("char"), let count) where count > 0: return "text[\(count)]"
        case .array(.pointer, _): throw Impossible(words: "a struct with a list of pointers")
        default: return try written(form)
        }
    }

    /// What a pointer to a struct leads to: the struct, or a handle where only the library knows it.
    private mutating func declare(pointee name: String) throws(Impossible) -> String {
        if types[name] != nil { return name }
        if header.records[name]?.isPlain == true {
            do throws(Impossible) { return try declare(structure: name) } catch {
                // Only the library knows what is in it.
            }
        }
        if types[name] == nil {
            questions.append("type \(name): which function ends it (handle.destroy)")
        }
        return types[name] == nil ? add(name, .object([("handle", .object([]))])) : name
    }

    private func isHandle(_ name: String) -> Bool {
        guard case .object(let members)? = types[name] else { return false }
        return members.first?.0 == "handle"
    }

    /// How a pointer to a struct is written.
    private mutating func pointer(to record: String) throws(Impossible) -> String {
        let name = try declare(pointee: record)
        guard case .object(let members)? = types[name] else { return name }
        return members.first?.0 == "struct" ? name + "*" : name
    }

    private mutating func declare(callback type: String) throws(Impossible) -> String {
        guard let star = type.firstRange(of: "(*)("), type.hasSuffix(")") else {
            throw Impossible(words: "a function type that is not a plain pointer")
        }
        var parameters: [(String, Value)] = []
        let list = type[star.upperBound...].dropLast()
        guard !list.contains("(") else {
            throw Impossible(words: "a callback that takes a callback")
        }
        for (index, part) in list.split(separator: ",").enumerated() where part != "void" {
            let form = header.form(String(part))
            let written: String
            switch form {
            case .pointer(.scalar("char"), _): written = "text"
            case .pointer(.scalar(let scalar), _): written = "\(scalar)*"
            case .scalar, .enumeration: written = try self.written(form)
            default: written = "opaque"
            }
            parameters.append(("parameter\(index + 1)", .text(written)))
        }
        let answer = header.form(String(type[..<star.lowerBound]))
        switch answer {
        case .void, .scalar, .enumeration: break
        default: throw Impossible(words: "a callback that gives back no number")
        }
        let result = try written(answer)
        let members: [(String, Value)] = [
            ("parameters", .object(parameters)), ("result", .text(result)),
        ]
        let name = "callback\(typeOrder.count + 1)"
        return add(name, .object([("callback", .object(members))]))
    }
}
