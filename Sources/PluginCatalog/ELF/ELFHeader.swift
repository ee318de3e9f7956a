/// The head of an ELF file with its tables of segments and sections.
struct ELFHeader: Sendable, Hashable {
    /// What the file is.
    enum Kind: UInt16, Sendable {
        case object = 1
        case executable = 2
        case shared = 3
        case core = 4
    }

    /// A part of the file that the loader maps or reads.
    struct Segment: Sendable, Hashable {
        var type: UInt32
        var flags: UInt32
        var offset: UInt64
        var address: UInt64
        var fileSize: UInt64
        var alignment: UInt64
    }

    /// A part of the file as linkers and debuggers see it.
    struct Section: Sendable, Hashable {
        var name: String
        var type: UInt32
        var offset: UInt64
        var size: UInt64
        var link: UInt32
        var entrySize: UInt64
    }

    /// What the file is; `nil` for something unheard of.
    let kind: Kind?
    /// The machine's number.
    let machine: UInt16
    /// The segments.
    let segments: [Segment]
    /// The sections; none when they were stripped.
    let sections: [Section]

    /// Reads the head and checks that every part lies within the file.
    init(_ bytes: borrowing ELFBytes) throws(ELFProblem) {
        guard bytes.hasPrefix("\u{7f}ELF", at: 0) else {
            // So few bytes say nothing yet; a copy begins like this.
            if bytes.count < 4 { throw .truncated(needed: 64, present: bytes.count) }
            throw .notELF
        }
        let wordSize: UInt8 = try bytes.integer(4)
        let byteOrder: UInt8 = try bytes.integer(5)
        machine = try bytes.integer(18)
        guard wordSize == 2, byteOrder == 1 else {
            let name = ELFMachine.name(byteOrder == 2 ? machine.byteSwapped : machine)
            let width = wordSize == 2 ? "64-bit" : "32-bit"
            let order = byteOrder == 2 ? " big-endian" : ""
            throw .foreign(architecture: "\(width)\(order) \(name)")
        }
        kind = Kind(rawValue: try bytes.integer(16))
        segments = try Self.segments(bytes)
        sections = try Self.sections(bytes)
        for segment in segments {
            try Self.check(segment.offset, segment.fileSize, bytes.count)
        }
    }

    /// The first section of a name.
    func section(_ name: String) -> Section? { sections.first { $0.name == name } }

    private static func check(
        _ offset: UInt64,
        _ size: UInt64,
        _ present: UInt64
    ) throws(ELFProblem) {
        let end = offset.addingSaturating(size)
        guard end <= present else { throw .truncated(needed: end, present: present) }
    }

    private static func segments(_ bytes: borrowing ELFBytes) throws(ELFProblem) -> [Segment] {
        let table: UInt64 = try bytes.integer(32)
        let entrySize = UInt64(try bytes.integer(54, as: UInt16.self))
        let count = UInt64(try bytes.integer(56, as: UInt16.self))
        guard count > 0 else { return [] }
        guard entrySize == 56 else { throw .malformed("its segment table has an odd entry size") }
        try check(table, entrySize * count, bytes.count)
        var segments: [Segment] = []
        for index in 0..<count {
            let entry = table + index * entrySize
            segments.append(
                Segment(
                    type: try bytes.integer(entry),
                    flags: try bytes.integer(entry + 4),
                    offset: try bytes.integer(entry + 8),
                    address: try bytes.integer(entry + 16),
                    fileSize: try bytes.integer(entry + 32),
                    alignment: try bytes.integer(entry + 48)
                )
            )
        }
        return segments
    }

    private static func sections(_ bytes: borrowing ELFBytes) throws(ELFProblem) -> [Section] {
        let table: UInt64 = try bytes.integer(40)
        let entrySize = UInt64(try bytes.integer(58, as: UInt16.self))
        let count = UInt64(try bytes.integer(60, as: UInt16.self))
        let namesIndex = UInt64(try bytes.integer(62, as: UInt16.self))
        guard table > 0, count > 0 else { return [] }
        guard entrySize == 64 else { throw .malformed("its section table has an odd entry size") }
        try check(table, entrySize * count, bytes.count)
        guard namesIndex < count else { throw .malformed("its section names are missing") }
        let names: UInt64 = try bytes.integer(table + namesIndex * entrySize + 24)
        let namesSize: UInt64 = try bytes.integer(table + namesIndex * entrySize + 32)
        let namesEnd = names.addingSaturating(namesSize)
        var sections: [Section] = []
        var allowance = NameAllowance()
        for index in 0..<count {
            let entry = table + index * entrySize
            let name: UInt32 = try bytes.integer(entry)
            let section = Section(
                name: index == 0
                    ? ""
                    : try allowance.take(
                        try bytes.name(names.addingSaturating(UInt64(name)), within: namesEnd)
                    ),
                type: try bytes.integer(entry + 4),
                offset: try bytes.integer(entry + 24),
                size: try bytes.integer(entry + 32),
                link: try bytes.integer(entry + 40),
                entrySize: try bytes.integer(entry + 56)
            )
            // Zero-filled sections take no room in the file.
            if section.type != 8, section.type != 0 {
                try check(section.offset, section.size, bytes.count)
            }
            sections.append(section)
        }
        return sections
    }
}

/// The names of machines.
enum ELFMachine {
    /// The number of the machine that this program was built for.
    static var host: UInt16 {
        #if arch(x86_64)
        62
        #elseif arch(arm64)
        183
        #elseif arch(riscv64)
        243
        #elseif arch(powerpc64le)
        21
        #elseif arch(s390x)
        22
        #else
        0
        #endif
    }

    /// The machine's name as `uname -m` would say it.
    static func name(_ machine: UInt16) -> String {
        let names: [UInt16: String] = [
            2: "sparc", 3: "i386", 8: "mips", 20: "powerpc", 21: "powerpc64", 22: "s390", 40: "arm",
            43: "sparc64", 62: "x86_64", 183: "aarch64", 243: "riscv", 258: "loongarch",
        ]
        return names[machine] ?? "machine number \(machine)"
    }
}
