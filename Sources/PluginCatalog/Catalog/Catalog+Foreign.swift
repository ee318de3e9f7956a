internal import ForeignSignatures
internal import FunctionModel
internal import Platform

// Libraries that stand in the directory only because a signature file names them.
extension Catalog {
    /// Whether a file of this name is looked at.
    static func isPluginName(_ name: String) -> Bool {
        if SignatureFile.plugin(ofFile: name) != nil { return true }
        return name.hasSuffix(".so") && !name.hasPrefix(".") && name.utf8.count > 3
    }

    /// Keeps in mind which library a signature file names, and has signature files looked at whose
    /// library has changed.
    func noteLibrary(of file: String) async {
        guard SignatureFile.plugin(ofFile: file) != nil else {
            return noteChange(ofLibrary: file, at: .now)
        }
        let path = "\(configuration.directory)/\(file)"
        let library = await offload { Self.library(namedBy: path, file) }
        libraries[file] = library
        // It has come before its signature file, and was taken for a plugin.
        guard let library, let known = state.files[library], !known.isBusy,
            let refusal = known.refusal, isLibraryOnly(library, refusal)
        else { return }
        _ = state.remove(library)
    }

    /// Has the signature files looked at that name a library.
    func noteChange(ofLibrary name: String, at due: ContinuousClock.Instant) {
        for (signatures, library) in libraries where library == name {
            state.reconsider(signatures, at: due, time: wallClock())
        }
    }

    /// Whether a file is no plugin, and need not be one.
    func isLibraryOnly(_ file: String, _ refusal: PluginRefusal) -> Bool {
        ["noEntry", "noStamp"].contains(refusal.kind) && libraries.values.contains(file)
    }

    /// Lets those who have replaced a library hear of the plugin that it belongs to.
    func passOn(_ hopefuls: [DeployWaiters.Waiter], of file: String) -> Bool {
        guard state.files[file] == nil, !hopefuls.isEmpty,
            let signatures = libraries.first(where: { $0.value == file })?.key,
            state.files[signatures] != nil
        else { return false }
        for hopeful in hopefuls {
            waiters.add(signatures, .init(hash: nil, answer: hopeful.answer))
        }
        state.reconsider(signatures, at: .now, time: wallClock())
        return true
    }

    private static func library(namedBy path: String, _ file: String) -> String? {
        do {
            let text = try FileIO.read(path, limit: SignatureFile.sizeLimit)
            let json = try SignatureText.json(text, file: file)
            let signatures = try SignatureFile(json: json, name: "x")
            if case .file(let name) = signatures.library { return name }
        } catch {
            // The look at the file itself says what is wrong with it.
        }
        return nil
    }
}
