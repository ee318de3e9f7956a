internal import ForeignSignatures
internal import FunctionModel
internal import Platform

/// What a look at a file found.
enum Finding: Sendable {
    /// There is no such file.
    case gone
    /// It is what it was when it was last looked at.
    case unchanged
    /// It can't be served.
    case refused(PluginRefusal, identity: FileIdentity?, hash: String?)
    /// It passed every check that needs no other plugin.
    case candidate(Candidate)
}

/// A version that is ready to be installed.
struct Candidate: Sendable {
    /// The file as it was read.
    var identity: FileIdentity
    /// The content of the file.
    var fileHash: String
    /// The library beside it, where it is a signature file that names one.
    var library: PluginRecord.Library?
    /// The version to serve; after a rollback it isn't the file's.
    var version: PluginRecord.Kept
}

/// What the catalog already knows of a file when it looks again.
struct PriorKnowledge: Sendable {
    /// The record of the plugin that the file serves.
    var record: PluginRecord?
    /// Whether that record's version is in service now.
    var isServing = false
    /// The identity that was refused last, where only a change of the file can help.
    var refusedIdentity: FileIdentity?
    /// Whether the stored image is to be made anew whatever it looks like.
    var distrustsStore = false
}

/// Takes one file from the drop directory through every check to a candidate.
///
/// It waits for the disk and for probes, so it runs off the catalog's actor.
struct Examiner: Sendable {
    let configuration: CatalogConfiguration
    let store: ImageStore
    let workers: any WorkerHost
    let libraries: LibraryIndex

    init(configuration: CatalogConfiguration, store: ImageStore, workers: any WorkerHost) {
        self.configuration = configuration
        self.store = store
        self.workers = workers
        libraries = LibraryIndex(swiftRuntime: configuration.host.swiftRuntime)
    }

    /// Looks at a file.
    ///
    /// - Throws: `CancellationError` when the host ends meanwhile.
    func examine(_ name: String, knowing prior: PriorKnowledge) async throws -> Finding {
        let opened = await offload { [configuration] in
            Self.open(name, in: configuration.directory)
        }
        switch opened {
        case .failure(.missing): return .gone
        case .failure(let problem):
            return .refused(Self.refusal(problem), identity: nil, hash: nil)
        case .success(let file):
            if file.identity == prior.refusedIdentity { return .unchanged }
            if let known = recognise(file, prior) { return known }
            return try await take(file, name, prior)
        }
    }

    private static func open(
        _ name: String,
        in directory: String
    ) -> Result<TrustedFile, TrustProblem> {
        do throws(TrustProblem) {
            return .success(try TrustedDirectory(path: directory).open(name))
        } catch {
            return .failure(error)
        }
    }

    /// The quick way: the file is what it was, and so is what the store made of it.
    private func recognise(_ file: TrustedFile, _ prior: PriorKnowledge) -> Finding? {
        guard let record = prior.record, !prior.distrustsStore,
            file.identity.hasSameContent(as: record.identity), isUnchanged(record.library)
        else { return nil }
        if prior.isServing { return .unchanged }
        guard let current = record.currentVersion, store.isPresent(current) else { return nil }
        return .candidate(
            Candidate(
                identity: file.identity,
                fileHash: record.fileHash,
                library: record.library,
                version: current
            )
        )
    }

    /// The long way: copy, hash, check, probe.
    private func take(
        _ file: TrustedFile,
        _ name: String,
        _ prior: PriorKnowledge
    ) async throws -> Finding {
        let isForeign = SignatureFile.plugin(ofFile: name) != nil
        let staging = await offload {
            Result { isForeign ? try stageForeign(file, name) : try stage(file, name) }
        }
        let staged: ImageStore.Staged
        let library: PluginRecord.Library?
        switch staging {
        case .success(.success(let copy)): (staged, library) = (copy.image, copy.library)
        case .success(.failure(let refusal)):
            return .refused(refusal, identity: file.identity, hash: nil)
        case .failure(let error):
            return .refused(Self.storeRefusal(error), identity: nil, hash: nil)
        }
        func refused(_ refusal: PluginRefusal) -> Finding {
            .refused(refusal, identity: file.identity, hash: staged.hash)
        }
        do {
            let (record, stored) = try await check(staged, name, prior)
            let kept = PluginRecord.Kept(hash: staged.hash, image: stored, record: record)
            return .candidate(
                Candidate(
                    identity: file.identity,
                    fileHash: staged.hash,
                    library: library,
                    version: kept
                )
            )
        } catch let refusal as PluginRefusal {
            try store.discard(staged)
            return refused(refusal)
        } catch let error as CancellationError {
            try store.discard(staged)
            throw error
        } catch {
            try store.discard(staged)
            return refused(Self.storeRefusal(error))
        }
    }

    /// Copies a file into the store unless a look at it says that it is of no use.
    private func stage(
        _ file: TrustedFile,
        _ name: String
    ) throws -> Result<StagedFile, PluginRefusal> {
        if file.isBeingWritten { return .failure(.beingWritten(name)) }
        guard file.identity.size <= configuration.imageLimit else {
            return .failure(.tooLarge(name, file.identity.size, configuration.imageLimit))
        }
        let staged = try store.stage(file.descriptor, limit: configuration.imageLimit)
        guard try FileIdentity(file.descriptor) == file.identity else {
            try store.discard(staged)
            return .failure(.beingWritten(name))
        }
        return .success(StagedFile(image: staged))
    }

    /// Checks a staged image, probes it if need be, and gives it its name in the store.
    private func check(
        _ staged: ImageStore.Staged,
        _ name: String,
        _ prior: PriorKnowledge
    ) async throws -> (ImageRecord, FileIdentity) {
        if let record = store.imageRecord(staged.hash) {
            let stored = try await offload { try reuse(staged, prior) }
            return (record, stored)
        }
        let image =
            SignatureFile.plugin(ofFile: name) == nil
            ? try await offload { try inspect(staged, name) } : Self.foreignImage(staged)
        let stored = try await offload { try store.keep(staged) }
        do {
            let report = try await workers.probe(
                imagePath: store.imagePath(staged.hash),
                entrySymbol: image.entrySymbol,
                timeout: configuration.probeTimeout
            )
            let record = try ManifestCheck.record(report, of: image, file: name)
            try await offload { try store.remember(record, of: staged.hash) }
            return (record, stored)
        } catch {
            // The loader's own words for a missing symbol are hard to read.
            let cause = await offload { unresolvedSymbols(staged.hash, name) }
            try store.delete(staged.hash)
            throw cause ?? error
        }
    }

    /// The refusal of an image that can't be loaded for want of a symbol; `nil` for other causes.
    private func unresolvedSymbols(_ hash: String, _ name: String) -> PluginRefusal? {
        do {
            let mapped = try MappedFile(try FileIO.open(store.imagePath(hash), .read))
            let image = try mapped.withBytes { (bytes) throws(ELFProblem) in try ELFImage(bytes) }
            let rules = ImageRules(host: configuration.host)
            return rules.refusal(unresolved: libraries.unresolved(image), name)
        } catch {
            // What the probe said stands.
            return nil
        }
    }

    /// Takes the image that the store already has, or the new copy where that one is damaged.
    private func reuse(
        _ staged: ImageStore.Staged,
        _ prior: PriorKnowledge
    ) throws -> FileIdentity {
        if !prior.distrustsStore, let stored = store.storedIdentity(staged.hash),
            store.isSound(staged.hash)
        {
            try store.discard(staged)
            return stored
        }
        return try store.keep(staged)
    }

    /// Checks a staged image without running it, and finds its entry.
    private func inspect(_ staged: ImageStore.Staged, _ name: String) throws -> StagedImage {
        let rules = ImageRules(host: configuration.host)
        let mapped = try MappedFile(try FileIO.open(staged.path, .read))
        let image: ELFImage
        do {
            image = try mapped.withBytes { (bytes) throws(ELFProblem) in try ELFImage(bytes) }
        } catch {
            throw rules.refusal(error, name)
        }
        let missing = libraries.missing(image)
        if let refusal = rules.refusal(image, name, missing: missing) { throw refusal }
        guard let entry = image.entries.first else {
            throw rules.refusal(.malformed("it has no entry"), name)
        }
        return StagedImage(entrySymbol: entry, loadedBytes: image.loadedSize)
    }
}
