internal import ForeignSignatures
internal import Glibc

/// Turns values of C into JSON.
struct ValueTeller {
    let file: SignatureFile

    /// Writes the value that lies somewhere.
    ///
    /// - Throws: `CallFault` where it can't be told.
    func tell(
        _ type: ForeignType,
        at source: UnsafeRawPointer,
        isText: Bool = false,
        to output: inout JSONOutput
    ) throws(CallFault) {
        switch type {
        case .void: output.raw("null")
        case .scalar(let scalar): number(scalar, source, &output)
        case .enumeration(let index):
            guard let type = file.enumeration(index) else { return }
            let value = Self.integer(type.scalar, source)
            let signed = Int64(bitPattern: value)
            if let name = type.name(of: signed) { return output.text(name) }
            number(type.scalar, source, &output)
        case .structure(let index):
            output.raw("{")
            for field in file.structure(index)?.fields ?? [] {
                output.key(field.name)
                try tell(field.type, at: source + field.offset, to: &output)
            }
            output.raw("}")
        case .text: try text(source.loadUnaligned(as: UnsafePointer<UInt8>?.self), &output)
        case .inlineArray(let element, let count):
            try elements(element, source, count, &output)
        case .inlineText(let room):
            let bytes = UnsafeBufferPointer(
                start: source.assumingMemoryBound(to: UInt8.self),
                count: room
            )
            Self.characters(bytes[..<(bytes.firstIndex(of: 0) ?? room)], &output)
        case .inlineBytes(let count): Self.bytes(source, count, isText: isText, &output)
        case .pointer(let pointee):
            guard let place = source.loadUnaligned(as: UnsafeRawPointer?.self) else {
                return output.raw("null")
            }
            try tell(pointee, at: place, to: &output)
        case .bytes, .array, .handle, .callback, .opaque:
            let isNull = source.loadUnaligned(as: UnsafeRawPointer?.self) == nil
            if isNull { output.raw("null") } else { output.raw("\"opaque\"") }
        }
    }

    /// Writes elements that lie one behind the other.
    func elements(
        _ element: ForeignType,
        _ source: UnsafeRawPointer,
        _ count: Int,
        _ output: inout JSONOutput
    ) throws(CallFault) {
        let stride = file.layout(of: element).size
        output.raw("[")
        for index in 0..<count {
            if index > 0 { output.raw(",") }
            try tell(element, at: source + index * stride, to: &output)
        }
        output.raw("]")
    }

    func number(_ scalar: Scalar, _ source: UnsafeRawPointer, _ output: inout JSONOutput) {
        switch scalar {
        case .bool:
            if source.load(as: UInt8.self) == 0 { output.raw("false") } else { output.raw("true") }
        case .float:
            output.float(Float(bitPattern: source.loadUnaligned(as: UInt32.self)))
        case .double:
            output.double(Double(bitPattern: source.loadUnaligned(as: UInt64.self)))
        default:
            let bits = Self.integer(scalar, source)
            if scalar.isSigned {
                output.integer(Int64(bitPattern: bits))
            } else {
                output.integer(isNegative: false, magnitude: bits)
            }
        }
    }

    /// A whole number, with its sign extended to 64 bits.
    static func integer(_ scalar: Scalar, _ source: UnsafeRawPointer) -> UInt64 {
        switch scalar {
        case .bool, .uint8: UInt64(source.load(as: UInt8.self))
        case .int8: UInt64(bitPattern: Int64(source.load(as: Int8.self)))
        case .uint16: UInt64(source.loadUnaligned(as: UInt16.self))
        case .int16: UInt64(bitPattern: Int64(source.loadUnaligned(as: Int16.self)))
        case .uint32, .float: UInt64(source.loadUnaligned(as: UInt32.self))
        case .int32: UInt64(bitPattern: Int64(source.loadUnaligned(as: Int32.self)))
        case .uint64, .int64, .double: source.loadUnaligned(as: UInt64.self)
        }
    }

    /// Writes a text of the library's.
    func text(_ start: UnsafePointer<UInt8>?, _ output: inout JSONOutput) throws(CallFault) {
        guard let start else { return output.raw("null") }
        let count = strnlen(
            UnsafeRawPointer(start).assumingMemoryBound(to: CChar.self),
            CallLimits.text + 1
        )
        guard count <= CallLimits.text else {
            throw .badResult("it gave back a text of more than \(CallLimits.text) bytes")
        }
        Self.characters(UnsafeBufferPointer(start: start, count: count)[...], &output)
    }

    /// Writes bytes as Base64, or as what they say.
    static func bytes(
        _ start: UnsafeRawPointer,
        _ count: Int,
        isText: Bool,
        _ output: inout JSONOutput
    ) {
        let bytes = UnsafeBufferPointer(
            start: start.assumingMemoryBound(to: UInt8.self),
            count: count
        )
        if isText { characters(bytes[...], &output) } else { Base64.write(bytes.span, to: &output) }
    }

    /// Writes characters; what isn't UTF-8 as `{"base64": "…"}`.
    static func characters(
        _ bytes: Slice<UnsafeBufferPointer<UInt8>>,
        _ output: inout JSONOutput
    ) {
        let whole = UnsafeBufferPointer(rebasing: bytes)
        do {
            _ = try UTF8Span(validating: whole.span)
            output.text(whole)
        } catch {
            output.raw("{\"base64\":")
            Base64.write(whole.span, to: &output)
            output.raw("}")
        }
    }
}
