internal import Foundation
internal import NIOCore

#if canImport(Glibc)
internal import Glibc
#endif

/// Standard output and error.
enum Console {
    /// Prints a text on standard output, with a line end if it has none.
    static func print(_ text: String) {
        write(
            Data((text.isEmpty || text.hasSuffix("\n") ? text : text + "\n").utf8),
            to: STDOUT_FILENO
        )
    }

    /// Prints bytes on standard output as they are.
    static func print(raw bytes: ByteBuffer) {
        write(Data(bytes.readableBytesView), to: STDOUT_FILENO)
    }

    /// Prints a value as JSON, sorted and indented.
    static func print(json value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// Prints a line for people on standard error.
    static func note(_ text: String) { write(Data((text + "\n").utf8), to: STDERR_FILENO) }

    /// Whether a person looks at standard error.
    static var isInteractive: Bool { isatty(STDERR_FILENO) == 1 }

    private static func write(_ data: Data, to descriptor: Int32) {
        var rest = data[...]
        while !rest.isEmpty {
            let count = rest.withContiguousStorageIfAvailable {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            guard let count, count > 0 else {
                // Nobody reads any more, as behind `| head`: there is nothing left to say.
                if errno == EINTR { continue }
                return
            }
            rest = rest.dropFirst(count)
        }
    }
}

/// Says what takes so long, on a terminal, once it takes longer than a second.
func withProgress<Value: Sendable>(
    _ activity: String,
    _ work: () async throws -> Value
) async rethrows -> Value {
    let telling = Task {
        guard Console.isInteractive else { return }
        do {
            try await Task.sleep(for: .seconds(1))
            Console.note("\(activity) …")
        } catch {
            // Cancelled: it was quick.
        }
    }
    defer { telling.cancel() }
    return try await work()
}
