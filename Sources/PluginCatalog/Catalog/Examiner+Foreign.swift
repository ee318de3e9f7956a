internal import ForeignSignatures
internal import FunctionModel
internal import Platform

/// A file that has been copied into the store, with what belongs to it.
struct StagedFile: Sendable {
    var image: ImageStore.Staged
    /// The library beside a signature file.
    var library: PluginRecord.Library?
}

// Signature files: each becomes one image with the library that it names.
extension Examiner {
    /// Copies a signature file and its library into the store as one image, unless a look at them says
    /// that they are of no use.
    func stageForeign(
        _ file: TrustedFile,
        _ name: String
    ) throws -> Result<StagedFile, PluginRefusal> {
        if file.isBeingWritten { return .failure(.beingWritten(name)) }
        guard file.identity.size <= SignatureFile.sizeLimit else {
            return .failure(.tooLarge(name, file.identity.size, SignatureFile.sizeLimit))
        }
        let text = try FileIO.read(
            file.descriptor,
            limit: SignatureFile.sizeLimit,
            path: file.path
        )
        guard try FileIdentity(file.descriptor) == file.identity else {
            return .failure(.beingWritten(name))
        }
        do throws(PluginRefusal) {
            let written = try SignatureText.json(text, file: name)
            let signatures = try Self.signatures(written, file: name)
            // A worker knows no file's name.
            let json = signatures.naming(written)
            switch signatures.library {
            case .system(let library):
                try checkSystem(library, name)
                let head = ForeignImage.head(signatures: json.count, library: 0) + json
                return Result {
                    StagedFile(image: try store.stage(nil, after: head, limit: 0))
                }.mapError(Self.refusal(anyError:))
            case .file(let library): return try stage(json, with: library, name)
            }
        } catch { return .failure(error) }
    }

    private func stage(
        _ json: [UInt8],
        with library: String,
        _ name: String
    ) throws(PluginRefusal) -> Result<StagedFile, PluginRefusal> {
        let opened: TrustedFile
        do throws(TrustProblem) {
            opened = try TrustedDirectory(path: configuration.directory).open(library)
        } catch {
            if case .missing = error { throw .missingCompanion(name, library) }
            throw Self.refusal(error)
        }
        if opened.isBeingWritten { throw .beingWritten(library) }
        let size = opened.identity.size
        guard size <= configuration.imageLimit else {
            throw .tooLarge(library, size, configuration.imageLimit)
        }
        try check(opened, library)
        let head = ForeignImage.head(signatures: json.count, library: size) + json
        return Result {
            let image = try store.stage(opened.descriptor, after: head, limit: size)
            guard try FileIdentity(opened.descriptor) == opened.identity else {
                try store.discard(image)
                throw PluginRefusal.beingWritten(library)
            }
            return StagedFile(
                image: image,
                library: PluginRecord.Library(name: library, identity: opened.identity)
            )
        }.mapError(Self.refusal(anyError:))
    }

    private static func refusal(anyError error: any Error) -> PluginRefusal {
        error as? PluginRefusal ?? storeRefusal(error)
    }

    /// Whether the library beside a signature file is what it was.
    func isUnchanged(_ library: PluginRecord.Library?) -> Bool {
        guard let library else { return true }
        let now = FileIdentity(path: "\(configuration.directory)/\(library.name)")
        return now?.hasSameContent(as: library.identity) ?? false
    }

    /// What is kept of a signature file's image beside its manifest.
    static func foreignImage(_ staged: ImageStore.Staged) -> StagedImage {
        StagedImage(
            entrySymbol: ForeignImage.entrySymbol,
            loadedBytes: staged.identity.size
        )
    }

    static func signatures(
        _ json: [UInt8],
        file: String
    ) throws(PluginRefusal) -> SignatureFile {
        do throws(SignatureProblem) {
            return try SignatureFile(json: json, name: SignatureFile.plugin(ofFile: file) ?? file)
        } catch {
            throw PluginRefusal(
                kind: "badSignature",
                message: "\(file) can't be served: \(error)."
            )
        }
    }

    private func checkSystem(_ library: String, _ name: String) throws(PluginRefusal) {
        guard libraries.isMissing(library) else { return }
        throw PluginRefusal(
            kind: "missingLibrary",
            message:
                "\(name) is for \(library), which the loader can't find. Install it, or put the "
                + "file beside \(name) and write \"library\": {\"file\": \"\(library)\"}."
        )
    }

    /// Looks into a library before anybody loads it.
    private func check(_ file: TrustedFile, _ name: String) throws(PluginRefusal) {
        let rules = ImageRules(host: configuration.host)
        let image: ELFImage
        do {
            let mapped = try MappedFile(file.descriptor)
            image = try mapped.withBytes { (bytes) throws(ELFProblem) in try ELFImage(bytes) }
        } catch let problem as ELFProblem {
            throw rules.refusal(problem, name)
        } catch {
            throw Self.refusal(anyError: error)
        }
        if let refusal = rules.refusal(library: image, name, missing: libraries.missing(image)) {
            throw refusal
        }
    }
}

extension PluginRefusal {
    static func missingCompanion(_ file: String, _ library: String) -> PluginRefusal {
        PluginRefusal(
            kind: "missingCompanion",
            message:
                "\(file) is for \(library), which doesn't stand beside it. Put it into the same "
                + "directory, or name a system library: \"library\": \"libm.so.6\"."
        )
    }
}
