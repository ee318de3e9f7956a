/// What a file declares about the functions of a library.
public struct SignatureFile: Sendable {
    /// Where the library is.
    public enum Library: Sendable, Hashable {
        /// A file beside the signature file.
        case file(String)
        /// One of the system's, by the name that the loader knows.
        case system(String)

        /// Its name.
        public var name: String {
            switch self {
            case .file(let name), .system(let name): name
            }
        }
    }

    /// The plugin's name.
    public var plugin: String
    /// Whether the file itself says that name.
    public var isNamed = false
    /// A version for people to read.
    public var version: String?
    /// What the library is for, in a sentence.
    public var summary: String?
    /// Where the library is.
    public var library = Library.system("")
    /// What it needs beyond its own memory: JSON as it stands in the file.
    public var permissions: [UInt8]?
    /// Numbers with names.
    public var constants: [String: Constant] = [:]
    /// The types that it declares.
    public var types: [DeclaredType] = []
    /// The functions.
    public var functions: [Signature] = []

    /// A number with a name: JSON as it stands in the file.
    public struct Constant: Sendable {
        /// The number's digits.
        public var json: [UInt8]
    }

    /// How the names of signature files end.
    public static let suffixes = [".functions.json", ".functions.yaml", ".functions.yml"]
    /// The largest file, in bytes.
    public static let sizeLimit = 1 << 20
    /// The most functions.
    public static let functionLimit = 256
    /// The most arguments of a function.
    public static let argumentLimit = 64
    /// The most types.
    public static let typeLimit = 256
    /// The largest struct and buffer, in bytes.
    public static let memoryLimit = 64 << 20
    /// The most parts of a struct that is passed by value.
    public static let partLimit = 1_024

    /// The plugin's name that a signature file's name stands for; `nil` for other files.
    public static func plugin(ofFile name: String) -> String? {
        guard let suffix = suffixes.first(where: { name.hasSuffix($0) }),
            name.utf8.count > suffix.utf8.count, !name.hasPrefix(".")
        else { return nil }
        return String(name.dropLast(suffix.count))
    }

    /// The document that the file was read from, with the plugin's name in it.
    public func naming(_ json: [UInt8]) -> [UInt8] {
        guard !isNamed, let open = json.firstIndex(of: UInt8(ascii: "{")) else { return json }
        var output = JSONOutput()
        output.raw("{\"plugin\":")
        output.text(plugin)
        output.raw(",")
        return output.bytes + json[(open + 1)...]
    }

    /// Whether callers hold something of the library's between calls, so that all have to come to the
    /// same worker.
    public var keepsHandles: Bool {
        types.contains { if case .handle = $0.shape { true } else { false } }
    }

    /// The functions of the plugin, in the manifest's order.
    public var served: [Signature] { functions.filter { !$0.isHidden } }

    /// A struct by its place.
    public func structure(_ index: Int) -> StructureType? {
        guard types.indices.contains(index), case .structure(let found) = types[index].shape else {
            return nil
        }
        return found
    }

    /// An enumeration by its place.
    public func enumeration(_ index: Int) -> EnumerationType? {
        guard types.indices.contains(index), case .enumeration(let found) = types[index].shape
        else { return nil }
        return found
    }

    /// A handle by its place.
    public func handle(_ index: Int) -> HandleType? {
        guard types.indices.contains(index), case .handle(let found) = types[index].shape else {
            return nil
        }
        return found
    }

    /// A callback by its place.
    public func callback(_ index: Int) -> CallbackType? {
        guard types.indices.contains(index), case .callback(let found) = types[index].shape else {
            return nil
        }
        return found
    }

    /// The size and alignment of a value in memory.
    public func layout(of type: ForeignType) -> (size: Int, alignment: Int) {
        switch type {
        case .void: return (0, 1)
        case .scalar(let scalar): return (scalar.size, scalar.size)
        case .enumeration(let index):
            let size = enumeration(index)?.scalar.size ?? 4
            return (size, size)
        case .structure(let index):
            guard let found = structure(index) else { return (0, 1) }
            return (found.size, found.alignment)
        case .inlineArray(let element, let count):
            let one = layout(of: element)
            return (one.size * count, one.alignment)
        case .inlineText(let count), .inlineBytes(let count): return (count, 1)
        case .text, .bytes, .array, .pointer, .handle, .callback, .opaque: return (8, 8)
        }
    }
}

/// A mistake in a signature file: where, and what to do.
public struct SignatureProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where, as a JSON pointer (RFC 6901).
    public var pointer: String
    /// What is wrong.
    public var words: String

    /// Describes a mistake.
    public init(_ pointer: String, _ words: String) {
        self.pointer = pointer
        self.words = words
    }

    /// The mistake in a sentence's part.
    public var description: String {
        pointer.isEmpty ? "the file: \(words)" : "\(pointer): \(words)"
    }
}
