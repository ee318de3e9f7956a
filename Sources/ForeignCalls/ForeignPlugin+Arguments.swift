internal import ForeignSignatures

// One argument's value.
extension ForeignPlugin {
    /// Takes a value of JSON.
    func encode(
        _ index: Int,
        _ function: PreparedFunction,
        _ view: JSONView,
        _ node: Int
    ) throws(CallFault) {
        let argument = function.signature.arguments[index]
        let isNull = view.tape[node].kind == .null
        switch argument.type {
        case .scalar, .enumeration, .structure:
            let size = file.layout(of: argument.type).size
            let target = try place(index, function, size: size)
            try store.store(node, of: view, as: argument.type, to: target)
            try checkBounds(argument, target, view, node)
        case .handle(let type): try hold(index, function, view, node, type)
        case .callback(let type): try callBack(index, function, view, node, type)
        default:
            if isNull {
                guard argument.isNullable || argument.type == .opaque else {
                    throw .expected(words(argument), found: "null")
                }
                return point(index, function, to: nil)
            }
            try encodePointer(index, function, view, node)
        }
    }

    private func words(_ argument: Argument) -> String {
        switch argument.type {
        case .text: "a text"
        case .bytes: ValueStore.bytesWords(isText: argument.isText)
        case .array: "a list"
        default: "a value"
        }
    }

    private func encodePointer(
        _ index: Int,
        _ function: PreparedFunction,
        _ view: JSONView,
        _ node: Int
    ) throws(CallFault) {
        let argument = function.signature.arguments[index]
        switch argument.type {
        case .pointer(let pointee):
            let memory = try arena.take(file.layout(of: pointee).size)
            try store.store(node, of: view, as: pointee, to: memory)
            point(index, function, to: memory)
        case .text: try take(try store.text(node, view), index, function, stride: 1)
        case .bytes:
            let piece = try store.bytes(node, view, isText: argument.isText)
            try take(piece, index, function, stride: 1)
        case .array(let element):
            guard view.tape[node].kind == .list else {
                throw .expected("a list", found: view.shown(node))
            }
            let count = Int(view.tape[node].count)
            let stride = file.layout(of: element).size
            let memory = try arena.take(
                max(count, argument.capacity == nil ? 0 : state.rooms[index]) * stride
            )
            try checkLength(argument, count)
            try store.elements(node, view, element, stride, memory)
            try take(.init(start: memory, count: count), index, function, stride: stride)
        default: throw .expected("null", found: view.shown(node))
        }
    }

    /// Passes bytes or elements, in a buffer that is large enough for what comes out.
    func take(
        _ piece: ValueStore.Piece,
        _ index: Int,
        _ function: PreparedFunction,
        stride: Int
    ) throws(CallFault) {
        let argument = function.signature.arguments[index]
        try checkLength(argument, piece.count)
        state.lengths[index] = piece.count
        guard argument.direction == .both else { return point(index, function, to: piece.start) }
        if argument.capacity == nil { state.rooms[index] = piece.count }
        let room = state.rooms[index]
        guard piece.count <= room else {
            throw .expected("at most \(room) elements, the room for it", found: "\(piece.count)")
        }
        // One more, so that a text always ends.
        let memory = try arena.take(room * stride + 1)
        memory.copyMemory(from: piece.start, byteCount: piece.count * stride)
        point(index, function, to: memory)
    }

    private func checkLength(_ argument: Argument, _ count: Int) throws(CallFault) {
        let most = argument.maximumLength ?? SignatureFile.memoryLimit
        guard count >= argument.minimumLength, count <= most else {
            let unit = if case .array = argument.type { "elements" } else { "bytes" }
            throw .expected(
                argument.minimumLength == 0
                    ? "at most \(most) \(unit)" : "\(argument.minimumLength) to \(most) \(unit)",
                found: "\(count)"
            )
        }
    }

    private func checkBounds(
        _ argument: Argument,
        _ source: UnsafeMutableRawPointer,
        _ view: JSONView,
        _ node: Int
    ) throws(CallFault) {
        guard argument.minimum != nil || argument.maximum != nil,
            case .scalar(let scalar) = argument.type
        else { return }
        let value: Double
        switch scalar {
        case .double: value = source.load(as: Double.self)
        case .float: value = Double(source.load(as: Float.self))
        default:
            let bits = ValueTeller.integer(scalar, source)
            value = scalar.isSigned ? Double(Int64(bitPattern: bits)) : Double(bits)
        }
        let least = argument.minimum ?? -.infinity
        let most = argument.maximum ?? .infinity
        guard value >= least, value <= most else {
            func plain(_ bound: Double) -> String {
                Int64(exactly: bound).map { "\($0)" } ?? "\(bound)"
            }
            let words =
                if argument.maximum == nil {
                    "at least \(plain(least))"
                } else if argument.minimum
                    == nil
                { "at most \(plain(most))" } else { "from \(plain(least)) to \(plain(most))" }
            throw .expected(words, found: view.shown(node))
        }
    }

    /// Finds what a caller holds.
    private func hold(
        _ index: Int,
        _ function: PreparedFunction,
        _ view: JSONView,
        _ node: Int,
        _ type: Int
    ) throws(CallFault) {
        let argument = function.signature.arguments[index]
        if view.tape[node].kind == .null, argument.isNullable {
            return point(index, function, to: nil)
        }
        guard let number = handles.number(node, view, type: type),
            let entry = handles.entries[number]
        else {
            throw .expected(
                "a handle of the type '\(file.types[type].name)' that this worker has given and nobody has ended",
                found: view.shown(node)
            )
        }
        state.held[index] = number
        point(index, function, to: entry.pointer)
    }

    /// Makes room for what only comes out.
    func provide(_ index: Int, _ function: PreparedFunction) throws(CallFault) {
        let argument = function.signature.arguments[index]
        if argument.capacity != nil {
            let stride = file.layout(of: argument.type.element ?? .byte).size
            return point(index, function, to: try arena.take(state.rooms[index] * stride + 1))
        }
        switch argument.type {
        case .handle(let type) where argument.direction == .in:
            let size = file.handle(type)?.size ?? 0
            let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
            memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
            point(index, function, to: memory)
        case .pointer(let pointee):
            point(index, function, to: try arena.take(file.layout(of: pointee).size))
        default:
            point(index, function, to: try arena.take(file.layout(of: argument.type).size))
        }
    }
}
