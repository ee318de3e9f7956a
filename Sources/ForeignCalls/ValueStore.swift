internal import CLibFFI
internal import ForeignSignatures

/// Turns values of JSON into those of C, each checked before.
struct ValueStore {
    let file: SignatureFile
    let arena: Arena

    /// Puts a value where C expects it.
    ///
    /// - Throws: `CallFault` where it doesn't fit the type.
    func store(
        _ node: Int,
        of view: JSONView,
        as type: ForeignType,
        to target: UnsafeMutableRawPointer
    ) throws(CallFault) {
        switch type {
        case .scalar(let scalar): try number(node, view, scalar, target)
        case .enumeration(let index): try enumeration(node, view, index, target)
        case .structure(let index): try structure(node, view, index, target)
        case .text:
            let pointer = view.tape[node].kind == .null ? nil : try text(node, view).start
            target.storeBytes(of: pointer, as: UnsafeMutableRawPointer?.self)
        case .inlineArray(let element, let count):
            let stride = file.layout(of: element).size
            guard view.tape[node].kind == .list, view.tape[node].count == count else {
                throw .expected("a list of \(count)", found: view.shown(node))
            }
            try elements(node, view, element, stride, target)
        case .inlineText(let room): try inlineText(node, view, room, target)
        case .inlineBytes(let room):
            let bytes = try bytes(node, view, isText: false)
            guard bytes.count == room else {
                throw .expected("\(room) bytes", found: "\(bytes.count) bytes")
            }
            target.copyMemory(from: bytes.start, byteCount: room)
        default:
            guard view.tape[node].kind == .null else {
                throw .expected("null", found: view.shown(node))
            }
        }
    }

    // MARK: - Numbers

    func number(
        _ node: Int,
        _ view: JSONView,
        _ scalar: Scalar,
        _ target: UnsafeMutableRawPointer
    ) throws(CallFault) {
        switch scalar {
        case .bool:
            switch view.tape[node].kind {
            case .yes: target.storeBytes(of: 1, as: UInt8.self)
            case .no: target.storeBytes(of: 0, as: UInt8.self)
            default: throw .expected(scalar.words, found: view.shown(node))
            }
        case .double: target.storeBytes(of: try double(node, view), as: UInt64.self)
        case .float: target.storeBytes(of: try float(node, view), as: UInt32.self)
        default: Self.put(try integer(node, view, scalar), scalar.size, target)
        }
    }

    /// Puts the low bytes of a number.
    static func put(_ bits: UInt64, _ size: Int, _ target: UnsafeMutableRawPointer) {
        switch size {
        case 1: target.storeBytes(of: UInt8(truncatingIfNeeded: bits), as: UInt8.self)
        case 2: target.storeBytes(of: UInt16(truncatingIfNeeded: bits), as: UInt16.self)
        case 4: target.storeBytes(of: UInt32(truncatingIfNeeded: bits), as: UInt32.self)
        default: target.storeBytes(of: bits, as: UInt64.self)
        }
    }

    /// A whole number that the type holds, as its bits.
    func integer(_ node: Int, _ view: JSONView, _ scalar: Scalar) throws(CallFault) -> UInt64 {
        let kind = view.tape[node].kind
        var found: (isNegative: Bool, magnitude: UInt64)?
        if kind == .number || kind == .text {
            found = JSONNumber.integer(view.text, view.range(node))
        }
        if found == nil, kind == .text, let constant = constant(node, view) {
            found = JSONNumber.integer(constant.span, constant.indices)
        }
        guard let found else { throw .expected(scalar.words, found: view.shown(node)) }
        guard found.magnitude <= (found.isNegative ? scalar.lowest : scalar.highest) else {
            throw .expected(scalar.words, found: view.shown(node))
        }
        return found.isNegative ? 0 &- found.magnitude : found.magnitude
    }

    /// The digits of a constant of the file's that a text names.
    private func constant(_ node: Int, _ view: JSONView) -> [UInt8]? {
        file.constants.first { view.means(node, $0.key) }?.value.json
    }

    private func double(_ node: Int, _ view: JSONView) throws(CallFault) -> UInt64 {
        switch view.tape[node].kind {
        case .number:
            if let value = JSONNumber.double(view.text, view.range(node)), value.isFinite {
                return value.bitPattern
            }
        case .text:
            if let bits = Self.unusual(node, view, .double) { return bits }
            if let digits = constant(node, view),
                let value = JSONNumber.double(digits.span, digits.indices)
            {
                return value.bitPattern
            }
        default: break
        }
        throw .expected(Scalar.double.words, found: view.shown(node))
    }

    private func float(_ node: Int, _ view: JSONView) throws(CallFault) -> UInt32 {
        switch view.tape[node].kind {
        case .number:
            if let value = JSONNumber.float(view.text, view.range(node)), value.isFinite {
                return value.bitPattern
            }
            throw .expected("a number up to 3.4028235e+38 either way", found: view.shown(node))
        case .text:
            if let bits = Self.unusual(node, view, .float) {
                return UInt32(truncatingIfNeeded: bits)
            }
            if let digits = constant(node, view),
                let value = JSONNumber.float(digits.span, digits.indices)
            {
                return value.bitPattern
            }
        default: break
        }
        throw .expected(Scalar.float.words, found: view.shown(node))
    }

    /// The bits of what JSON has no number for.
    private static func unusual(_ node: Int, _ view: JSONView, _ scalar: Scalar) -> UInt64? {
        let isDouble = scalar == .double
        if view.means(node, "NaN") {
            return isDouble ? Double.nan.bitPattern : UInt64(Float.nan.bitPattern)
        }
        if view.means(node, "Infinity") {
            return isDouble ? Double.infinity.bitPattern : UInt64(Float.infinity.bitPattern)
        }
        if view.means(node, "-Infinity") {
            return isDouble ? (-Double.infinity).bitPattern : UInt64((-Float.infinity).bitPattern)
        }
        let range = view.range(node)
        guard range.count == (isDouble ? 20 : 12), view.bytes[range].starts(with: "NaN:".utf8)
        else { return nil }
        var bits: UInt64 = 0
        for byte in view.bytes[range].dropFirst(4) {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            bits = bits << 4 | UInt64(digit)
        }
        let isNaN =
            isDouble
            ? Double(bitPattern: bits).isNaN
            : Float(bitPattern: UInt32(truncatingIfNeeded: bits)).isNaN
        return isNaN ? bits : nil
    }

    private func enumeration(
        _ node: Int,
        _ view: JSONView,
        _ index: Int,
        _ target: UnsafeMutableRawPointer
    ) throws(CallFault) {
        guard let type = file.enumeration(index) else { return }
        if let named = type.values.first(where: { view.means(node, $0.name) }) {
            return Self.put(UInt64(bitPattern: named.value), type.scalar.size, target)
        }
        let bits: UInt64
        do { bits = try integer(node, view, type.scalar) } catch {
            throw .expected(Self.words(type), found: view.shown(node))
        }
        let value = Int64(bitPattern: bits)
        guard type.isOpen || type.values.contains(where: { $0.value == value }) else {
            throw .expected(Self.words(type), found: view.shown(node))
        }
        Self.put(bits, type.scalar.size, target)
    }

    private static func words(_ type: EnumerationType) -> String {
        let names = type.values.prefix(20).map { "\"\($0.name)\"" }
        return "one of " + names.joined(separator: ", ") + (type.values.count > 20 ? ", …" : "")
    }
}
