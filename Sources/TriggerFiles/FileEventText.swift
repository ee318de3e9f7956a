internal import FunctionModel
internal import NIOCore

/// The events of files as functions receive them, in JSON.
enum FileEventText {
    /// The media type.
    static let contentType = "application/json"

    /// One event by itself, or a list.
    static func body(_ rows: [FileRow], of watch: FileWatch, isList: Bool) -> ByteBuffer {
        var text = ""
        if isList { text += "[" }
        for (index, row) in rows.enumerated() {
            if index > 0 { text += "," }
            write(row, watch, to: &text)
        }
        if isList { text += "]" }
        return ByteBuffer(string: text)
    }

    private static func write(_ row: FileRow, _ watch: FileWatch, to text: inout String) {
        text += "{\"id\":\"\(row.eventID(in: watch.id))\",\"path\":"
        quote(row.path.text, to: &text)
        text += ",\"kind\":\"\(row.kind.word)\",\"directory\":"
        quote(String(decoding: watch.directory, as: UTF8.self), to: &text)
        if !row.path.isText {
            text += ",\"rawPath\":\"\(row.path.hexadecimal)\""
        }
        if row.kind != .removed {
            text += ",\"size\":\(row.facts.size),\"modifiedNanoseconds\":\(row.facts.modified)"
            text += ",\"inode\":\(row.facts.inode)"
        }
        text += ",\"foundNanoseconds\":\(row.found.nanoseconds)}"
    }

    private static func quote(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"", "\\":
                text += "\\"
                text.unicodeScalars.append(scalar)
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
