/// The functions of an image by address, as its symbol tables have them.
struct SymbolTable: Sendable {
    private var functions: [(start: UInt64, size: UInt64, name: String)] = []

    /// More symbols than any image has.
    private static let limit: UInt64 = 1 << 21

    /// Reads the full table, or the loader's where that was stripped.
    init(_ bytes: RawSpan) throws(ELFProblem) {
        let bytes = ELFBytes(bytes)
        let header = try ELFHeader(bytes)
        guard
            let table = header.sections.first(where: { $0.type == 2 })
                ?? header.sections.first(where: { $0.type == 11 }),
            table.link < header.sections.count
        else { return }
        let names = header.sections[Int(table.link)]
        let namesEnd = names.offset.addingSaturating(names.size)
        var allowance = NameAllowance()
        for index in 0..<min(table.size / 24, Self.limit) {
            let entry = table.offset + index * 24
            let info: UInt8 = try bytes.integer(entry + 4)
            let section: UInt16 = try bytes.integer(entry + 6)
            guard info & 15 == 2, section != 0 else { continue }
            let name: UInt32 = try bytes.integer(entry)
            functions.append(
                (
                    start: try bytes.integer(entry + 8),
                    size: try bytes.integer(entry + 16),
                    name: try allowance.take(
                        try bytes.name(
                            names.offset.addingSaturating(UInt64(name)),
                            within: namesEnd
                        )
                    )
                )
            )
        }
        functions.sort { $0.start < $1.start }
    }

    /// The name of the function that an address lies in; `nil` when it lies in none.
    func name(at address: UInt64) -> String? {
        var low = 0
        var high = functions.count
        while low < high {
            let middle = (low + high) / 2
            if functions[middle].start <= address { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        let function = functions[low - 1]
        // Hand-written code may not say how long it is.
        guard function.size == 0 || address - function.start < function.size else { return nil }
        return function.name
    }
}
