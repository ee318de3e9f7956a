internal import FunctionModel
internal import NIOCore

/// The events of files as functions receive them, in JSON.
enum FileEventText {
    /// The media type.
    static let contentType = "application/json"

    /// One event by itself, or a list.
    static func body(_ rows: [FileRow], of watch: FileWatch, isList: Bool) -> ByteBuffer {
        var text: [UInt8] = []
        text.reserveCapacity(rows.count * 384 + 2)
        if isList { text.append(UInt8(ascii: "[")) }
        for (index, row) in rows.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            write(row, watch, to: &text)
        }
        if isList { text.append(UInt8(ascii: "]")) }
        return ByteBuffer(bytes: text)
    }

    private static func write(_ row: FileRow, _ watch: FileWatch, to text: inout [UInt8]) {
        func write(_ words: String) { text += words.utf8 }
        write("{\"id\":\"")
        write(row.eventID(in: watch.id))
        write("\",\"path\":")
        write(row.path.text.quotedForJSON)
        write(",\"kind\":\"")
        write(row.kind.word)
        write("\",\"directory\":")
        write(String(decoding: watch.directory, as: UTF8.self).quotedForJSON)
        if !row.path.isText {
            write(",\"rawPath\":\"\(row.path.hexadecimal)\"")
        }
        if row.kind != .removed {
            write(",\"size\":")
            write(row.facts.size.description)
            write(",\"modifiedNanoseconds\":")
            write(row.facts.modified.description)
            write(",\"inode\":")
            write(row.facts.inode.description)
        }
        write(",\"foundNanoseconds\":")
        write(row.found.nanoseconds.description)
        write("}")
    }
}
