internal import ForeignSignatures
public import FunctionModel
public import NIOCore
internal import Platform

// What operators ask for. The admin API reaches these through the host's `HostOperations`.
extension Catalog {
    /// Puts a file into the plugin directory and waits until its content is served or refused.
    ///
    /// - Throws: `PluginRefusal` when it is not served; the version before goes on serving.
    public func deploy(fileName: String, bytes: ByteBuffer) async throws -> PluginView {
        try checkName(fileName)
        guard bytes.readableBytes <= configuration.imageLimit else {
            throw PluginRefusal.tooLarge(fileName, bytes.readableBytes, configuration.imageLimit)
        }
        let directory = configuration.directory
        let content = Array(bytes.readableBytesView)
        if let pair = SignaturePair(content, file: fileName) {
            return try await deploy(pair)
        }
        let (staged, hash) = try await offload {
            try Self.stage(fileName, content, in: directory)
        }
        // A version with a library's bytes has another hash than its signature file.
        let isForeign = SignatureFile.plugin(ofFile: fileName) != nil
        // From here to the waiting nothing else runs on this actor, so no look can slip between.
        guard !isOver else {
            try FileIO.delete(staged)
            throw Self.ending
        }
        try FileIO.rename(staged, to: "\(directory)/\(fileName)")
        return try await withCheckedThrowingContinuation { answer in
            waiters.add(fileName, .init(hash: isForeign ? nil : hash, answer: answer))
            state.want(fileName, at: .now, time: wallClock())
            wake()
        }
    }

    /// Takes a file out of the plugin directory, which retires its plugin.
    ///
    /// - Throws: `HostOperationError` when there is no such file.
    public func remove(fileName: String) async throws {
        try checkName(fileName)
        let path = "\(configuration.directory)/\(fileName)"
        guard FileIdentity(path: path) != nil else {
            throw HostOperationError(.notFound, "There is no file \(fileName) among the plugins.")
        }
        try FileIO.delete(path)
        state.wantLater(fileName, at: .now)
        wake()
    }

    /// Serves an earlier version of a plugin again, until its file changes.
    ///
    /// - Parameters:
    ///   - plugin: The plugin's name.
    ///   - version: How the version's content hash begins; `nil` for the one before the present one.
    /// - Returns: What became of it.
    /// - Throws: `HostOperationError` when there is no such plugin or version; `PluginRefusal` when
    ///   the version can't be served any more.
    public func rollback(plugin: String, to version: String?) async throws -> PluginView {
        guard let service = state.services[plugin], let record = service.record else {
            throw HostOperationError(
                .notFound,
                "No plugin '\(plugin)' is served; `roost plugins` lists those that are."
            )
        }
        guard !isOver else { throw Self.ending }
        let hash = try Self.target(record, version)
        return try await withCheckedThrowingContinuation { answer in
            let ticket = waiters.add(answer)
            // Not the record's file: it may just have been renamed.
            state.wantRollback(file: service.file, hash: hash, ticket: ticket, now: .now)
            wake()
        }
    }

    /// How the names of files end that are still being deployed.
    static let deploySuffix = ".roost-deploy"

    static let ending = HostOperationError(.unavailable, "The host is ending.")

    /// Tells those who wait for a look what it found.
    func answer(_ hopefuls: [DeployWaiters.Waiter], _ file: String, _ hash: String?) {
        guard !hopefuls.isEmpty else { return }
        let view = state.view(file)
        for waiter in hopefuls {
            let isOurs = waiter.hash == nil || view.version == waiter.hash
            if isOurs, view.version != nil, view.refusal == nil {
                waiter.answer.resume(returning: view)
            } else if let refusal = view.refusal, hash == nil || isOurs || hash == waiter.hash {
                waiter.resume(throwing: refusal)
            } else {
                waiter.resume(
                    throwing: PluginRefusal(
                        kind: "superseded",
                        message: "\(file) was replaced or removed by somebody else before it was "
                            + "served; see `roost plugins`."
                    )
                )
            }
        }
    }

    func checkName(_ name: String) throws(HostOperationError) {
        let isPlain = !name.contains("/") && !name.hasPrefix(".") && !name.utf8.contains(0)
        guard isPlain, Self.isPluginName(name), (4...200).contains(name.utf8.count) else {
            throw HostOperationError(
                .invalid,
                "'\(name)' can't name a plugin file: use a plain name that ends in .so, "
                    + ".functions.json or .functions.yaml and doesn't start with a dot."
            )
        }
    }

    /// Writes under a name that the watch leaves alone.
    static func stage(
        _ name: String,
        _ content: [UInt8],
        in directory: String
    ) throws -> (path: String, hash: String) {
        let number = UInt64.random(in: 0 ... .max)
        let path = "\(directory)/.\(name).\(number)\(deploySuffix)"
        let file = try FileIO.open(path, .create)
        do {
            try FileIO.write(content.span.bytes, to: file)
            try FileIO.setMode(0o644, of: file)
            guard let hash = ContentHash.of(content) else { throw StoreProblem.noHash }
            return (path, hash)
        } catch {
            try FileIO.delete(path)
            throw error
        }
    }

    private static func target(
        _ record: PluginRecord,
        _ version: String?
    ) throws(HostOperationError) -> String {
        let hashes = record.versions.map(\.hash)
        if let version {
            let matches = hashes.filter { $0.hasPrefix(version.lowercased()) }
            if let match = matches.first, matches.count == 1 { return match }
            let kept = hashes.map { String($0.prefix(12)) }.joined(separator: ", ")
            throw HostOperationError(
                matches.isEmpty ? .notFound : .invalid,
                matches.isEmpty
                    ? "No version of '\(record.plugin)' begins with \(version); kept are: \(kept)."
                    : "Several versions of '\(record.plugin)' begin with \(version): \(kept)."
            )
        }
        guard let index = hashes.firstIndex(of: record.current), index + 1 < hashes.count else {
            throw HostOperationError(
                .notFound,
                "No version of '\(record.plugin)' before the present one is kept."
            )
        }
        return hashes[index + 1]
    }
}
