/// What the loader reads first: which libraries a file needs and where its tables are.
struct DynamicSection: Sendable {
    var soname: String?
    var needed: [String] = []
    var runPaths: [String] = []
    var isExecutable = false
    /// Offsets in the file of the loader's tables.
    var strings: Range<UInt64> = 0..<0
    var symbols: UInt64?
    var hash: UInt64?
    var gnuHash: UInt64?
    var versions: UInt64?
    var neededVersions: UInt64?
    var neededVersionCount = 0

    /// More entries than any linker writes.
    private static let entryLimit: UInt64 = 4_096

    init(_ bytes: borrowing ELFBytes, _ header: ELFHeader) throws(ELFProblem) {
        guard let segment = header.segments.first(where: { $0.type == 2 }) else { return }
        var values: [(tag: UInt64, value: UInt64)] = []
        for index in 0..<min(segment.fileSize / 16, Self.entryLimit) {
            let tag: UInt64 = try bytes.integer(segment.offset + index * 16)
            if tag == 0 { break }
            values.append((tag, try bytes.integer(segment.offset + index * 16 + 8)))
        }
        func first(_ tag: UInt64) -> UInt64? { values.first { $0.tag == tag }?.value }
        func place(_ tag: UInt64) throws(ELFProblem) -> UInt64? {
            guard let address = first(tag) else { return nil }
            return try Self.offset(of: address, header)
        }
        if let start = try place(5) {
            let end = start.addingSaturating(first(10) ?? 0)
            guard end <= bytes.count else { throw .truncated(needed: end, present: bytes.count) }
            strings = start..<end
        }
        symbols = try place(6)
        hash = try place(4)
        gnuHash = try place(0x6fff_fef5)
        versions = try place(0x6fff_fff0)
        neededVersions = try place(0x6fff_fffe)
        neededVersionCount = Int(clamping: first(0x6fff_ffff) ?? 0)
        isExecutable = (first(0x6fff_fffb) ?? 0) & 0x0800_0000 != 0
        for (tag, value) in values {
            switch tag {
            case 1: needed.append(try name(value, bytes))
            case 14: soname = try name(value, bytes)
            case 15, 29:
                runPaths += try name(value, bytes).split(separator: ":").map(String.init)
            default: break
            }
        }
    }

    /// Reads a name out of the string table.
    func name(_ index: UInt64, _ bytes: borrowing ELFBytes) throws(ELFProblem) -> String {
        try bytes.name(
            strings.lowerBound.addingSaturating(index),
            within: strings.upperBound
        )
    }

    /// Where in the file an address is that the loader would map.
    static func offset(of address: UInt64, _ header: ELFHeader) throws(ELFProblem) -> UInt64 {
        for segment in header.segments where segment.type == 1 {
            let (distance, underflow) = address.subtractingReportingOverflow(segment.address)
            if !underflow, distance < segment.fileSize {
                return segment.offset.addingSaturating(distance)
            }
        }
        throw .malformed("a table of the loader lies outside every segment")
    }
}
