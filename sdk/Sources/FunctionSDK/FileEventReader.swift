/// Reads a file's event from the text that hosts write: one object without spaces, escapes or anything
/// unknown.
///
/// A function that watches files waits for this, and the decoder takes many times as long. What is
/// written otherwise is left to that.
struct FileEventReader {
    private let bytes: UnsafeRawBufferPointer
    private var place = 0

    /// Reads an event; `nil` where the decoder has to.
    static func read(_ bytes: UnsafeRawBufferPointer) -> FileEvent? {
        var reader = FileEventReader(bytes: bytes)
        return reader.event()
    }

    private init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    private mutating func event() -> FileEvent? {
        guard skip("{") else { return nil }
        var event = FileEvent(path: "", kind: .added)
        var seen: Set<String> = []
        repeat {
            guard let key = text(), skip(":"), seen.insert(key).inserted, read(key, into: &event)
            else { return nil }
        } while skip(",")
        guard skip("}"), place == bytes.count, seen.contains("path"), seen.contains("kind") else {
            return nil
        }
        if !seen.contains("id") { event.id = event.path }
        return event
    }

    private mutating func read(_ key: String, into event: inout FileEvent) -> Bool {
        switch key {
        case "id": set(&event.id, text())
        case "path": set(&event.path, text())
        case "kind": set(&event.kind, text().flatMap(FileEvent.Kind.init))
        case "directory": set(&event.directory, text())
        case "rawPath": set(&event.rawPath, text())
        case "size": set(&event.size, number())
        case "modifiedNanoseconds": set(&event.modifiedNanoseconds, number())
        case "inode": set(&event.inode, number())
        case "foundNanoseconds": set(&event.foundNanoseconds, number())
        default: false
        }
    }

    private func set<Value>(_ property: inout Value, _ value: Value?) -> Bool {
        guard let value else { return false }
        property = value
        return true
    }

    private func set<Value>(_ property: inout Value?, _ value: Value?) -> Bool {
        property = value
        return value != nil
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard place < bytes.count, bytes[place] == UInt8(ascii: character) else { return false }
        place += 1
        return true
    }

    private mutating func text() -> String? {
        guard skip("\"") else { return nil }
        let start = place
        while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
            guard bytes[place] >= 0x20, bytes[place] != UInt8(ascii: "\\") else { return nil }
            place += 1
        }
        let text = String(validating: bytes[start..<place], as: UTF8.self)
        return skip("\"") ? text : nil
    }

    private mutating func number<Value: FixedWidthInteger>() -> Value? {
        let start = place
        if place < bytes.count, bytes[place] == UInt8(ascii: "-") { place += 1 }
        let digits = place
        while place < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[place]) {
            place += 1
        }
        // No number begins with a zero but zero itself.
        guard place > digits, bytes[digits] != UInt8(ascii: "0") || place == digits + 1 else {
            return nil
        }
        return Value(String(decoding: bytes[start..<place], as: UTF8.self))
    }
}
