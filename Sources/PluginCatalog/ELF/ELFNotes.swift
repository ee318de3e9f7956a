/// The notes of a file that matter here: the plugin's stamp and the linker's build id.
struct ELFNotes: Sendable {
    var stamps: [PluginStamp] = []
    var buildID: String?

    /// More notes than any linker writes.
    private static let limit = 256

    init(_ bytes: borrowing ELFBytes, _ header: ELFHeader) throws(ELFProblem) {
        for segment in header.segments where segment.type == 4 {
            let alignment: UInt64 = segment.alignment == 8 ? 8 : 4
            try read(bytes, segment.offset, segment.fileSize, alignment)
        }
        guard stamps.isEmpty, let section = header.section(".note.roost") else { return }
        try read(bytes, section.offset, section.size, 4)
    }

    private mutating func read(
        _ bytes: borrowing ELFBytes,
        _ start: UInt64,
        _ size: UInt64,
        _ alignment: UInt64
    ) throws(ELFProblem) {
        var offset = start
        let end = start.addingSaturating(size)
        func padded(_ size: UInt32) -> UInt64 {
            (UInt64(size) + alignment - 1) / alignment * alignment
        }
        for _ in 0..<Self.limit {
            guard offset.addingSaturating(12) <= end else { return }
            let nameSize: UInt32 = try bytes.integer(offset)
            let size: UInt32 = try bytes.integer(offset + 4)
            let type: UInt32 = try bytes.integer(offset + 8)
            let description = offset + 12 + padded(nameSize)
            guard description.addingSaturating(UInt64(size)) <= end else { return }
            if type == 1, nameSize == 6, size >= 36, bytes.hasPrefix("roost\0", at: offset + 12) {
                stamps.append(
                    PluginStamp(
                        abiVersion: try bytes.integer(description),
                        sdkVersion: try bytes.text(description + 4, 16),
                        swiftVersion: try bytes.text(description + 20, 16)
                    )
                )
            } else if type == 3, nameSize == 4, bytes.hasPrefix("GNU\0", at: offset + 12) {
                buildID = try bytes.array(description, UInt64(min(size, 64))).hexadecimal
            }
            offset = description + padded(size)
        }
    }
}

extension Sequence<UInt8> {
    /// The bytes as lower-case hexadecimal digits.
    var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self
        )
    }
}
