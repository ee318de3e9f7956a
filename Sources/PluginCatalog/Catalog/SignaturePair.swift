internal import ForeignSignatures
internal import FunctionModel
internal import Platform

/// A signature file and its library, sent as one.
struct SignaturePair: Sendable {
    /// The signature file's name.
    let file: String
    /// Its text, JSON or YAML.
    let signatures: [UInt8]
    /// The library.
    let library: [UInt8]

    /// Takes the two apart; `nil` where it is something else.
    init?(_ content: [UInt8], file: String) {
        guard SignatureFile.plugin(ofFile: file) != nil,
            let parts = ForeignImage.parts(content.span, size: content.count)
        else { return nil }
        self.file = file
        signatures = Array(content[parts.signatures])
        library = Array(content[parts.library])
    }

    /// The name of the library's file.
    ///
    /// - Throws: `PluginRefusal` where the signatures are none, or are of a system library.
    func libraryName() throws(PluginRefusal) -> String {
        let json = try SignatureText.json(signatures, file: file)
        guard case .file(let name) = try Examiner.signatures(json, file: file).library else {
            throw PluginRefusal(
                kind: "badSignature",
                message: "\(file) is for a system library, and was sent with one of its own."
            )
        }
        return name
    }
}

// Signature files and their libraries are put into the directory in one step: no look sees one of them
// new and the other old.
extension Catalog {
    func deploy(_ pair: SignaturePair) async throws -> PluginView {
        let library = try pair.libraryName()
        if let plugin = state.files[library]?.plugin {
            throw HostOperationError(
                .conflict,
                "\(library), which \(pair.file) names, is the plugin '\(plugin)' here. Give the library "
                    + "another name."
            )
        }
        let directory = configuration.directory
        let staged = try await offload {
            let first = try Self.stage(library, pair.library, in: directory).path
            do {
                return (first, try Self.stage(pair.file, pair.signatures, in: directory).path)
            } catch {
                try FileIO.delete(first)
                throw error
            }
        }
        guard !isOver else {
            try FileIO.delete(staged.0)
            try FileIO.delete(staged.1)
            throw Self.ending
        }
        // From here to the waiting nothing else runs on this actor.
        placements[pair.file, default: 0] += 1
        try FileIO.rename(staged.0, to: "\(directory)/\(library)")
        try FileIO.rename(staged.1, to: "\(directory)/\(pair.file)")
        libraries[pair.file] = library
        return try await withCheckedThrowingContinuation { answer in
            waiters.add(pair.file, .init(hash: nil, answer: answer))
            state.want(pair.file, at: .now, time: wallClock())
            wake()
        }
    }

    /// Drops what a look has found, since the file has been replaced meanwhile.
    func lookAgain(
        _ file: String,
        _ hopefuls: [DeployWaiters.Waiter],
        instead finding: Finding
    ) {
        if case .candidate(let candidate) = finding { unneeded.insert(candidate.version.hash) }
        for hopeful in hopefuls { waiters.add(file, hopeful) }
        state.want(file, at: .now, time: wallClock())
    }
}
