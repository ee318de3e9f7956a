// The section "types", and how types are written.
extension SignatureReader {
    mutating func readTypes(_ place: Place) throws(SignatureProblem) {
        let declared = try list(members: place, most: SignatureFile.typeLimit)
        for (index, entry) in declared.enumerated() {
            guard entry.name.isIdentifier, Scalar(name: entry.name) == nil,
                !Self.reserved.contains(entry.name)
            else {
                throw SignatureProblem(entry.place.pointer, "a type can't have this name")
            }
            typeNumbers[entry.name] = index
            // So that types may name those behind them.
            let shape = DeclaredType.Shape.handle(HandleType())
            file.types.append(DeclaredType(name: entry.name, shape: shape))
        }
        for (index, entry) in declared.enumerated() {
            file.types[index].shape = try shape(entry.place)
        }
    }

    private static let reserved: Set<String> = ["void", "text", "string", "bytes", "opaque"]

    private func shape(_ place: Place) throws(SignatureProblem) -> DeclaredType.Shape {
        let kinds = ["enum", "struct", "handle", "callback"]
        let members = try members(place, kinds)
        guard let (kind, value) = members.first, members.count == 1 else {
            throw SignatureProblem(
                place.pointer,
                "has to have one member, which is \(kinds.joined(separator: ", "))"
            )
        }
        switch kind {
        case "enum": return .enumeration(try enumeration(value))
        case "struct": return .structure(try structure(value))
        case "handle": return .handle(try handle(value))
        default: return .callback(try callback(value))
        }
    }

    private func enumeration(_ place: Place) throws(SignatureProblem) -> EnumerationType {
        let members = try members(place, ["type", "values", "open"])
        var scalar = Scalar.int32
        if let type = members["type"] {
            let name = try text(type)
            guard let found = Scalar(name: name), found.isInteger else {
                throw SignatureProblem(type.pointer, "'\(name.shown)' is no integer type")
            }
            scalar = found
        }
        var values: [(name: String, value: Int64)] = []
        let list = try required(members, "values", in: place)
        for (name, value) in try self.list(members: list) {
            let number = try integer(value)
            let limit = number < 0 ? scalar.lowest : scalar.highest
            guard number.magnitude <= limit else {
                throw SignatureProblem(value.pointer, "has to be \(scalar.words)")
            }
            values.append((name, number))
        }
        guard !values.isEmpty else { throw SignatureProblem(list.pointer, "names no value") }
        return EnumerationType(
            scalar: scalar,
            values: values,
            isOpen: try flag(members["open"])
        )
    }

    private func structure(_ place: Place) throws(SignatureProblem) -> StructureType {
        let members = try members(place, ["fields", "size"])
        var fields: [StructureType.Field] = []
        for (name, value) in try list(
            members: try required(members, "fields", in: place),
            most: 256
        ) {
            let type = try type(value, inStruct: true)
            switch type {
            case .void, .bytes, .array, .pointer, .handle, .callback:
                throw SignatureProblem(
                    value.pointer,
                    "a struct holds numbers, enums, structs, text, fixed arrays and opaque pointers"
                )
            default: fields.append(StructureType.Field(name: name, type: type))
            }
        }
        guard !fields.isEmpty else {
            throw SignatureProblem(place.below("fields"), "a struct needs at least one field")
        }
        var structure = StructureType(fields: fields)
        structure.declaredSize = try members["size"].map { place throws(SignatureProblem) in
            try count(place)
        }
        return structure
    }

    private func handle(_ place: Place) throws(SignatureProblem) -> HandleType {
        let members = try members(place, ["destroy", "struct", "size"])
        var handle = HandleType()
        if let destroy = members["destroy"] { handle.destroy = try symbol(destroy) }
        if let structure = members["struct"] {
            guard case .structure(let index) = try type(structure) else {
                throw SignatureProblem(structure.pointer, "has to name a struct")
            }
            handle.structure = index
        }
        if let size = members["size"] { handle.size = try count(size, 1...(1 << 20)) }
        return handle
    }

    private func callback(_ place: Place) throws(SignatureProblem) -> CallbackType {
        let members = try members(place, ["parameters", "result", "collects"])
        var parameters: [CallbackType.Parameter] = []
        if let list = members["parameters"] {
            for (name, value) in try self.list(members: list, most: 16) {
                let type = try type(value)
                switch type {
                case .scalar, .enumeration, .text, .opaque, .pointer(.scalar),
                    .pointer(.enumeration), .pointer(.text), .pointer(.structure):
                    parameters.append(.init(name: name, type: type))
                default:
                    throw SignatureProblem(
                        value.pointer,
                        "a callback gets numbers, enums, texts, opaque pointers, and pointers to them"
                    )
                }
            }
        }
        var result = ForeignType.void
        if let value = members["result"] {
            result = try type(value)
            switch result {
            case .void, .scalar, .enumeration: break
            default: throw SignatureProblem(value.pointer, "a callback gives back a number or void")
            }
        }
        let collects = try members["collects"].map { place throws(SignatureProblem) in
            try integer(place)
        }
        return CallbackType(parameters: parameters, result: result, collects: collects ?? 0)
    }

    // MARK: - How types are written

    /// A type by its name: `double`, `point`, `point*`, `int32[]`, `text[16]`.
    func type(_ place: Place, inStruct: Bool = false) throws(SignatureProblem) -> ForeignType {
        let written = try text(place)
        if written.hasSuffix("*") {
            let pointee = try base(String(written.dropLast()), place)
            switch pointee {
            case .scalar, .enumeration, .structure, .text: return .pointer(pointee)
            default:
                throw SignatureProblem(
                    place.pointer,
                    "'\(written.shown)': there is no pointer to that"
                )
            }
        }
        guard written.hasSuffix("]"), let open = written.firstIndex(of: "[") else {
            return try base(written, place)
        }
        let name = String(written[..<open])
        let count = written[written.index(after: open)...].dropLast()
        if count.isEmpty {
            let element = try base(name, place)
            switch element {
            case .scalar, .enumeration, .structure, .text: return .array(element)
            default:
                throw SignatureProblem(
                    place.pointer,
                    "'\(written.shown)': there are no lists of that"
                )
            }
        }
        let isPlain = count.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard inStruct, isPlain, let number = Int(count), (1...(1 << 20)).contains(number) else {
            throw SignatureProblem(
                place.pointer,
                "'\(written.shown)': fixed lists stand in structs only, with 1 to 1048576 elements"
            )
        }
        switch try base(name, place) {
        case .text: return .inlineText(number)
        case .bytes: return .inlineBytes(number)
        case .scalar(let scalar): return .inlineArray(.scalar(scalar), number)
        case .enumeration(let index): return .inlineArray(.enumeration(index), number)
        case .structure(let index): return .inlineArray(.structure(index), number)
        default:
            throw SignatureProblem(place.pointer, "'\(written.shown)': there are no lists of that")
        }
    }

    private func base(_ name: String, _ place: Place) throws(SignatureProblem) -> ForeignType {
        switch name {
        case "void": return .void
        case "text", "string": return .text
        case "bytes": return .bytes
        case "opaque": return .opaque
        default: break
        }
        if let scalar = Scalar(name: name) { return .scalar(scalar) }
        guard let index = typeNumbers[name] else {
            throw SignatureProblem(
                place.pointer,
                "there is no type '\(name.shown)': it is neither one of C's numbers nor text, bytes, "
                    + "opaque or void, nor declared under 'types'"
            )
        }
        switch declaredKind(index) {
        case "enum": return .enumeration(index)
        case "struct": return .structure(index)
        case "callback": return .callback(index)
        default: return .handle(index)
        }
    }

    /// The kind of a declared type, also of one that has not been read yet.
    private func declaredKind(_ index: Int) -> String {
        var node = 1
        while tape.string(node, bytes.span) != "types" { node = Int(tape[node + 1].next) }
        // The section's members are a name and a value each.
        node += 2
        for _ in 0..<index { node = Int(tape[node + 1].next) }
        guard tape[node + 1].kind == .object, tape[node + 1].count > 0 else { return "" }
        return tape.string(node + 2, bytes.span)
    }
}
