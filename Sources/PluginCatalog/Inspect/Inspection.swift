public import FunctionModel
internal import Platform

/// What a file holds, told without running any of its code.
public struct Inspection: Sendable, Codable, Hashable {
    /// A library that the file needs.
    public struct Library: Sendable, Codable, Hashable {
        /// The name by which it asks for it.
        public var name: String
        /// Where the loader finds it; `nil` when it doesn't.
        public var path: String?
    }

    /// The file's path.
    public var file: String
    /// Its size in bytes.
    public var size: Int
    /// SHA-256 of its content, in hexadecimal.
    public var contentHash: String
    /// The machine that it is for, as `uname -m` names it; `nil` when it is no ELF file.
    public var architecture: String?
    /// The libraries that it needs.
    public var libraries: [Library] = []
    /// Where it wants libraries to be looked for.
    public var runPaths: [String] = []
    /// The functions that could be its entry; a plugin has one.
    public var entries: [String] = []
    /// The symbols that none of its libraries offers, in readable form.
    public var unresolvedSymbols: [String] = []
    /// What it was built for.
    public var stamp: PluginStamp?
    /// What its linker knows it by.
    public var buildID: String?
    /// The bytes of its code.
    public var textSize: Int = 0
    /// Whether crashes can be told by file and line.
    public var hasDebugInformation: Bool = false
    /// Whether Swift code is inside.
    public var hasSwiftCode: Bool = false
    /// Whether it brings a Swift runtime of its own.
    public var hasOwnSwiftRuntime: Bool = false
    /// What is worth knowing although it can be served, in sentences.
    public var notes: [String] = []
    /// Why it can't be served; `nil` when nothing speaks against a probe.
    public var refusal: PluginRefusal?

    /// The largest file that is looked into, in bytes.
    public static let sizeLimit = 256 << 20

    /// Looks into a file.
    ///
    /// - Parameters:
    ///   - path: The file; a link is not followed.
    ///   - host: What it is compared with.
    /// - Throws: `PluginRefusal` when it can't be read or is too large.
    public init(path: String, host: HostRelease = .current) throws(PluginRefusal) {
        let bytes = try Self.read(path)
        file = path
        size = bytes.count
        contentHash = ContentHash.of(bytes) ?? ""
        let rules = ImageRules(host: host)
        do throws(ELFProblem) {
            fill(try ELFImage(bytes.span.bytes), rules)
        } catch {
            refusal = rules.refusal(error, path)
        }
    }

    private static func read(_ path: String) throws(PluginRefusal) -> [UInt8] {
        do {
            return try FileIO.read(path, limit: sizeLimit)
        } catch let error as SystemCallError where error.isTooLarge {
            throw PluginRefusal(
                kind: "tooLarge",
                message: "\(path) is larger than \(sizeLimit >> 20) MiB; strip it first "
                    + "(strip --strip-debug)."
            )
        } catch {
            throw PluginRefusal(kind: "unreadable", message: "\(error). Give the path of a .so.")
        }
    }

    private mutating func fill(_ image: ELFImage, _ rules: ImageRules) {
        architecture = ELFMachine.name(image.header.machine)
        runPaths = image.runPaths
        entries = image.entries
        stamp = image.stamps.first { !$0.swiftVersion.isEmpty } ?? image.stamps.first
        buildID = image.buildID
        textSize = image.textSize
        hasDebugInformation = image.hasDebugInformation
        hasSwiftCode = image.hasSwiftCode
        hasOwnSwiftRuntime = image.hasOwnSwiftRuntime
        let search = LibrarySearch(swiftRuntime: rules.host.swiftRuntime)
        libraries = image.needed.map { name in
            Library(name: name, path: search.find(name, runPaths: image.runPaths))
        }
        let missing = libraries.filter { $0.path == nil }.map(\.name)
        if missing.isEmpty {
            unresolvedSymbols = SymbolResolution(search).unresolved(image).map(Demangling.readable)
        }
        refusal =
            rules.refusal(image, file, missing: missing)
            ?? rules.refusal(unresolved: unresolvedSymbols, file)
        notes = Self.notes(image)
    }

    private static func notes(_ image: ELFImage) -> [String] {
        var notes: [String] = []
        if image.needed.contains("libFoundation.so") {
            notes.append(
                "It needs the whole of Foundation: the first such plugin of a cell takes about "
                    + "20 ms and 18 MB more to load. FoundationEssentials is loaded already; "
                    + "import that where it suffices."
            )
        }
        if !image.hasDebugInformation {
            notes.append(
                "It has no debug information: crashes are told by function, not by file and line. "
                    + "Build with -g to change that."
            )
        }
        return notes
    }
}

extension Inspection {
    /// What is known, as names with values in the order to show them.
    public var facts: [(name: String, values: [String])] {
        var facts: [(name: String, values: [String])] = [
            ("size", ["\(size) bytes"]), ("content hash", [contentHash]),
        ]
        guard let architecture else { return facts }
        facts.append(("architecture", [architecture]))
        facts.append(("entry", entries))
        if let stamp {
            facts.append(("contract", ["version \(stamp.abiVersion)"]))
            facts.append(("SDK", [stamp.sdkVersion]))
            facts.append(("Swift", [stamp.swiftVersion.isEmpty ? "none" : stamp.swiftVersion]))
        }
        facts.append(
            ("needed libraries", libraries.map { "\($0.name) → \($0.path ?? "not found")" })
        )
        facts.append(("unresolved symbols", unresolvedSymbols))
        facts.append(("run paths", runPaths))
        facts.append(("code", ["\(textSize) bytes"]))
        facts.append(("debug information", [hasDebugInformation ? "inside" : "none"]))
        if let buildID { facts.append(("build id", [buildID])) }
        return facts.filter { !$0.values.isEmpty }
    }
}
