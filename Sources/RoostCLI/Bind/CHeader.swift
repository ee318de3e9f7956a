/// What a header declares.
struct CHeader {
    struct Record {
        var fields: [(name: String, type: String)]
        /// Whether a signature file can say it: complete, no union, no bit fields.
        var isPlain: Bool
    }

    struct Function {
        var name: String
        /// The library's name for it, which the header may choose.
        var symbol: String
        var result: String
        var parameters: [(name: String, type: String)]
        var isVariadic: Bool
    }

    /// A type of C with its names resolved.
    indirect enum Form: Equatable {
        case void
        case scalar(String)
        case record(String)
        case enumeration(String)
        case pointer(Form, isConstant: Bool)
        case array(Form, Int)
        case function(String)
        case unknown(String)
    }

    private(set) var functions: [Function] = []
    private(set) var records: [String: Record] = [:]
    private(set) var enumerations: [String: [(name: String, value: Int64)]] = [:]
    private var aliases: [String: String] = [:]

    /// Whether the functions are those of files that the header includes, since it has none itself.
    private(set) var isIncluding = false

    /// Goes through a translation unit; only functions of the header itself are kept, or else of files
    /// that it includes itself, and of them those that begin with one of the prefixes, where there are
    /// any.
    init(_ unit: SyntaxNode, of header: String, only prefixes: [String] = []) {
        let functions = (unit.inner ?? []).filter {
            $0.kind == "FunctionDecl" && $0.isImplicit != true
        }
        // As math.h has them.
        isIncluding = !functions.contains { $0.loc?.includer == nil }
        let includer = isIncluding ? header : nil
        var nameless: SyntaxNode?
        for node in unit.inner ?? [] {
            switch node.kind {
            case "RecordDecl", "EnumDecl":
                if let name = node.name { declare(node, as: name) } else { nameless = node }
            case "TypedefDecl":
                guard let name = node.name, let type = node.type else { break }
                if let record = nameless, type.qualType.hasSuffix(" \(name)") {
                    declare(record, as: name)
                } else {
                    aliases[name] = type.qualType
                }
                nameless = nil
            case "FunctionDecl" where node.loc?.includer == includer && node.isImplicit != true:
                let name = node.name ?? ""
                guard prefixes.isEmpty || prefixes.contains(where: { name.hasPrefix($0) }) else {
                    break
                }
                add(node)
            default: break
            }
        }
    }

    private mutating func declare(_ node: SyntaxNode, as name: String) {
        if node.kind == "EnumDecl" {
            var next: Int64 = 0
            var values: [(name: String, value: Int64)] = []
            for constant in node.inner ?? [] where constant.kind == "EnumConstantDecl" {
                let value = constant.constant ?? next
                values.append((constant.name ?? "", value))
                next = value + 1
            }
            enumerations[name] = values
            return
        }
        let fields = (node.inner ?? []).filter { $0.kind == "FieldDecl" }
        let isPlain =
            node.completeDefinition == true && node.tagUsed == "struct" && !fields.isEmpty
            && !fields.contains { $0.isBitfield == true || $0.name == nil || $0.hasOwnLayout }
            && !node.hasOwnLayout
        // A later declaration without a body says nothing new.
        guard isPlain || records[name] == nil else { return }
        records[name] = Record(
            fields: fields.map { ($0.name ?? "", $0.type?.qualType ?? "") },
            isPlain: isPlain
        )
    }

    private mutating func add(_ node: SyntaxNode) {
        guard let name = node.name, let type = node.type?.qualType,
            let open = type.firstIndex(of: "("), !functions.contains(where: { $0.name == name })
        else { return }
        let parameters = (node.inner ?? []).filter { $0.kind == "ParmVarDecl" }
        functions.append(
            Function(
                name: name,
                symbol: node.mangledName ?? name,
                result: String(type[..<open]),
                parameters: parameters.map { ($0.name ?? "", $0.type?.qualType ?? "") },
                isVariadic: node.variadic == true || type.hasSuffix("...)")
            )
        )
    }

    // MARK: - Types

    /// What a type is, as it is written.
    func form(_ written: String, depth: Int = 0) -> Form {
        var text = written.trimmed
        guard depth < 32 else { return .unknown(written) }
        if text.contains("(") { return .function(text) }
        for word in [" const", " restrict", " volatile", "restrict", " __restrict"]
        where text.hasSuffix(word) && text.contains("*") {
            return form(String(text.dropLast(word.count)), depth: depth + 1)
        }
        if text.hasSuffix("]"), let open = text.lastIndex(of: "[") {
            let count = Int(text[text.index(after: open)...].dropLast()) ?? 0
            return .array(form(String(text[..<open]), depth: depth + 1), count)
        }
        if text.hasSuffix("*") {
            text = String(text.dropLast()).trimmed
            let isConstant =
                text.hasSuffix("*")
                ? false : text.split(separator: " ").contains("const") || isConstant(text)
            return .pointer(form(text, depth: depth + 1), isConstant: isConstant)
        }
        let words = text.split(separator: " ").map(String.init)
            .filter { !["const", "volatile", "struct", "enum", "union", "register"].contains($0) }
        let name = words.joined(separator: " ")
        if let scalar = Self.scalars[name] { return .scalar(scalar) }
        if name == "void" { return .void }
        if let alias = aliases[name], alias != text, alias != name,
            !alias.hasSuffix(" \(name)") || records[name] == nil && enumerations[name] == nil
        {
            return form(alias, depth: depth + 1)
        }
        if enumerations[name] != nil { return .enumeration(name) }
        if records[name] != nil { return .record(name) }
        return .unknown(written)
    }

    private func isConstant(_ name: String) -> Bool {
        aliases[name]?.split(separator: " ").contains("const") ?? false
    }

    private static let scalars: [String: String] = [
        "char": "char", "signed char": "int8", "unsigned char": "uint8", "short": "short",
        "unsigned short": "ushort", "int": "int", "unsigned int": "uint", "unsigned": "uint",
        "long": "long", "unsigned long": "ulong", "long long": "longlong",
        "unsigned long long": "ulonglong", "float": "float", "double": "double", "_Bool": "bool",
        "bool": "bool", "size_t": "size_t", "ssize_t": "ssize_t", "int8_t": "int8",
        "uint8_t": "uint8", "int16_t": "int16", "uint16_t": "uint16", "int32_t": "int32",
        "uint32_t": "uint32", "int64_t": "int64", "uint64_t": "uint64", "intptr_t": "intptr_t",
        "uintptr_t": "uintptr_t", "ptrdiff_t": "ptrdiff_t",
    ]
}

extension String {
    /// Without spaces at its ends.
    var trimmed: String {
        var text = self[...]
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
