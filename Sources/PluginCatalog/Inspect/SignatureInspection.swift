internal import ForeignSignatures
public import FunctionModel
internal import Platform

/// What a signature file says, told without calling anything.
public struct SignatureInspection: Sendable {
    /// What is known, as names with values in the order to show them.
    public var facts: [(name: String, values: [String])] = []
    /// Why it can't be served; `nil` when nothing speaks against a probe.
    public var refusal: PluginRefusal?
    /// What a probe is to load.
    public var image: [UInt8]?

    /// Whether a file is one, by its name.
    public static func isSignatureFile(_ path: String) -> Bool {
        SignatureFile.plugin(ofFile: name(path)) != nil
    }

    /// The library that a signature file names beside it.
    ///
    /// - Throws: `PluginRefusal` when it can't be read.
    public static func library(namedBy path: String) throws(PluginRefusal) -> String? {
        let text = try read(path, limit: SignatureFile.sizeLimit)
        let json = try SignatureText.json(text, file: name(path))
        guard case .file(let library) = try Examiner.signatures(json, file: name(path)).library
        else { return nil }
        return library
    }

    /// Stands for the name of an entry where there is none.
    public static let entrySymbol = ForeignImage.entrySymbol

    /// Reads a signature file and looks at the library that it names.
    ///
    /// - Throws: `PluginRefusal` when it can't be read at all.
    public init(path: String, host: HostRelease = .current) throws(PluginRefusal) {
        let name = Self.name(path)
        let text = try Self.read(path, limit: SignatureFile.sizeLimit)
        do throws(PluginRefusal) {
            let json = try SignatureText.json(text, file: name)
            let file: SignatureFile
            do throws(SignatureProblem) {
                file = try SignatureFile(
                    json: json,
                    name: SignatureFile.plugin(ofFile: name) ?? name
                )
            } catch {
                throw PluginRefusal(kind: "badSignature", message: "\(name): \(error).")
            }
            fill(file)
            var library: [UInt8] = []
            if case .file(let beside) = file.library {
                let folder = path.dropLast(name.utf8.count)
                library = try Self.read(folder + beside, limit: Inspection.sizeLimit)
                try Self.check(library, beside, host)
            } else if LibraryIndex(swiftRuntime: host.swiftRuntime).isMissing(file.library.name) {
                throw PluginRefusal(
                    kind: "missingLibrary",
                    message: "The loader can't find \(file.library.name). Install it."
                )
            }
            let named = file.naming(json)
            image =
                ForeignImage.head(signatures: named.count, library: library.count) + named + library
        } catch { refusal = error }
    }

    private static func check(
        _ library: [UInt8],
        _ name: String,
        _ host: HostRelease
    ) throws(PluginRefusal) {
        let rules = ImageRules(host: host)
        let image: ELFImage
        do throws(ELFProblem) { image = try ELFImage(library.span.bytes) } catch {
            throw rules.refusal(error, name)
        }
        let missing = LibraryIndex(swiftRuntime: host.swiftRuntime).missing(image)
        if let refusal = rules.refusal(library: image, name, missing: missing) { throw refusal }
    }

    private mutating func fill(_ file: SignatureFile) {
        facts.append(("plugin", [file.plugin]))
        let isBeside = if case .file = file.library { true } else { false }
        facts.append(("library", [file.library.name + (isBeside ? " (beside it)" : "")]))
        facts.append(("isolation", ["a cell of its own, always"]))
        if file.keepsHandles {
            facts.append(("workers", ["one, since callers hold handles between calls"]))
        }
        for function in file.functions {
            let asked = function.arguments.filter(\.isAsked).map(\.name)
            let name = function.isHidden ? "\(function.name) (hidden)" : function.name
            let told = function.arguments.filter { $0.isTold || $0.creates }.map(\.name)
            var values = [file.words(of: function)]
            if !function.isHidden {
                values.append("args: " + (asked.isEmpty ? "none" : asked.joined(separator: ", ")))
            }
            if !told.isEmpty { values.append("out: " + told.joined(separator: ", ")) }
            facts.append((name, values))
        }
    }

    private static func name(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    private static func read(_ path: String, limit: Int) throws(PluginRefusal) -> [UInt8] {
        do { return try FileIO.read(path, limit: limit) } catch {
            throw PluginRefusal(kind: "unreadable", message: "\(error).")
        }
    }
}
