import Foundation

/// A directory of one test, deleted with it.
final class ScratchDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/roost-platform-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CocoaError(.fileWriteUnknown) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            print("could not delete \(path): \(error)")
        }
    }

    /// A path below it.
    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Makes a directory below it and returns its path.
    func directory(_ name: String) throws -> String {
        guard mkdir(file(name), 0o755) == 0 else { throw CocoaError(.fileWriteUnknown) }
        return file(name)
    }
}
