internal import ForeignSignatures

/// Arguments in a request's query, as the JSON that says the same: `?x=2&y=10`.
///
/// Used again and again, it allocates nothing once it has been as long as the longest query.
struct QueryArguments {
    private var output = JSONOutput()
    private var tape = JSONTape()
    /// A name or a value, decoded.
    private var piece: [UInt8] = []

    /// The JSON document of the query that was read last.
    var json: [UInt8] { output.bytes }

    /// Reads a query for a function.
    ///
    /// - Throws: `CallFault` where it isn't percent-encoded UTF-8.
    mutating func read(
        _ query: UnsafeRawBufferPointer,
        for signature: Signature
    ) throws(CallFault) {
        output.removeAll()
        output.raw("{\"args\":{")
        var start = 0
        while start < query.count {
            var end = start
            while end < query.count, query[end] != UInt8(ascii: "&") { end += 1 }
            if end > start { try add(query, start..<end, signature) }
            start = end + 1
        }
        output.raw("}}")
    }

    /// Adds a name and its value.
    private mutating func add(
        _ query: UnsafeRawBufferPointer,
        _ pair: Range<Int>,
        _ signature: Signature
    ) throws(CallFault) {
        // Taken out meanwhile, so that the rest may change.
        var piece: [UInt8] = []
        swap(&piece, &self.piece)
        defer { swap(&piece, &self.piece) }
        var equals = pair.lowerBound
        while equals < pair.upperBound, query[equals] != UInt8(ascii: "=") { equals += 1 }
        try Self.decode(query, pair.lowerBound..<equals, into: &piece)
        if output.bytes.last != UInt8(ascii: "{") { output.raw(",") }
        output.text(piece.span)
        output.raw(":")
        let argument = signature.arguments.first { $0.name.utf8.elementsEqual(piece) }
        let value = min(equals + 1, pair.upperBound)..<pair.upperBound
        try Self.decode(query, value, into: &piece)
        write(piece, argument?.type)
    }

    /// Numbers, truth values and null stand for themselves, where the argument isn't a text.
    private mutating func write(_ value: [UInt8], _ type: ForeignType?) {
        switch type {
        case .text, .bytes, .enumeration: return output.text(value.span)
        default: break
        }
        do throws(JSONTape.Mistake) {
            try tape.read(value.span)
            output.raw(value.span)
        } catch {
            output.text(value.span)
        }
    }

    private static func decode(
        _ query: UnsafeRawBufferPointer,
        _ range: Range<Int>,
        into piece: inout [UInt8]
    ) throws(CallFault) {
        piece.removeAll(keepingCapacity: true)
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = query[index]
            switch byte {
            case UInt8(ascii: "+"): piece.append(0x20)
            case UInt8(ascii: "%"):
                guard index + 2 < range.upperBound, let high = digit(query[index + 1]),
                    let low = digit(query[index + 2])
                else {
                    let digits = query[index..<min(index + 3, range.upperBound)]
                    throw .expected(
                        "a percent-encoded query",
                        found: String(decoding: digits, as: UTF8.self)
                    )
                }
                piece.append(high << 4 | low)
                index += 2
            default: piece.append(byte)
            }
            index += 1
        }
        do { _ = try UTF8Span(validating: piece.span) } catch {
            throw .expected("a query in UTF-8", found: "other bytes")
        }
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
