/// What a shared library says of itself, read from the file without running or mapping its code.
///
/// Where segments and sections could disagree, the segments count, for they are what the loader
/// uses; sections only add what loaders don't need.
struct ELFImage: Sendable, Hashable {
    /// A symbol that the library wants from others.
    struct Import: Sendable, Hashable {
        /// Its name, mangled.
        var name: String
        /// The version of it, where one is asked for.
        var version: String?
        /// Whether the loader does without it.
        var isWeak: Bool
    }

    /// What the file is.
    let header: ELFHeader
    /// Whether it is an executable that may be loaded anywhere; these look like libraries else.
    let isPositionIndependentExecutable: Bool
    /// The name by which others ask for it.
    let soname: String?
    /// The libraries that it asks for.
    let needed: [String]
    /// Where it wants them to be looked for.
    let runPaths: [String]
    /// What it offers to others: names of functions and data.
    let exports: [String]
    /// Those of the exports that are functions named like an entry.
    let entries: [String]
    /// What it wants from others.
    let imports: [Import]
    /// The stamps that it carries.
    let stamps: [PluginStamp]
    /// What its linker knows it by, in hexadecimal.
    let buildID: String?
    /// The bytes of its code.
    let textSize: Int
    /// How much of the file a loader maps, in bytes from its start.
    let loadedSize: Int

    /// The beginning of an entry's name.
    static let entryPrefix = "roost_plugin"

    /// Reads a file.
    ///
    /// - Throws: `ELFProblem` when it is cut short, is no ELF file of this kind of machine, or
    ///   doesn't hold together.
    init(_ span: RawSpan) throws(ELFProblem) {
        let bytes = ELFBytes(span)
        header = try ELFHeader(bytes)
        let dynamic = try DynamicSection(bytes, header)
        isPositionIndependentExecutable = dynamic.isExecutable
        soname = dynamic.soname
        needed = dynamic.needed
        runPaths = dynamic.runPaths
        let symbols = try DynamicSymbols(bytes, header, dynamic)
        exports = symbols.exports
        entries = symbols.entries
        imports = symbols.imports
        let notes = try ELFNotes(bytes, header)
        stamps = notes.stamps
        buildID = notes.buildID
        textSize = header.segments.filter { $0.type == 1 && $0.flags & 1 != 0 }
            .reduce(0) { Int(clamping: UInt64($0).addingSaturating($1.fileSize)) }
        loadedSize = header.segments.filter { $0.type == 1 }
            .reduce(0) { max($0, Int(clamping: $1.offset.addingSaturating($1.fileSize))) }
    }

    /// Whether it has debug information inside.
    var hasDebugInformation: Bool { header.section(".debug_info") != nil }

    /// Whether Swift code is inside.
    var hasSwiftCode: Bool {
        header.sections.contains { $0.name.hasPrefix("swift5_") }
            || needed.contains { $0.hasPrefix("libswift") }
    }

    /// Whether it brings a Swift runtime of its own.
    var hasOwnSwiftRuntime: Bool {
        guard !needed.contains("libswiftCore.so") else { return false }
        return exports.contains("swift_retain") || hasSwiftCode
    }
}

/// What a plugin's stamp says.
public struct PluginStamp: Sendable, Hashable, Codable {
    /// The version of the contract it was built for.
    public var abiVersion: UInt32
    /// The version of the SDK.
    public var sdkVersion: String
    /// The version of Swift that built it; empty for a plugin without Swift.
    public var swiftVersion: String
}
