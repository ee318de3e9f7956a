internal import Platform
internal import Synchronization

/// The loader's view of libraries, read once and again when one seems to be missing, for it may have
/// been installed meanwhile.
final class LibraryIndex: Sendable {
    private let swiftRuntime: String?
    private let search: Mutex<LibrarySearch>
    private let found = Mutex<Set<String>>([])

    /// More names than plugins of one host ask for.
    private static let limit = 10_000

    init(swiftRuntime: String?) {
        self.swiftRuntime = swiftRuntime
        search = Mutex(LibrarySearch(swiftRuntime: swiftRuntime))
    }

    /// The libraries that an image needs and the loader won't find.
    func missing(_ image: ELFImage) -> [String] {
        let unseen = found.withLock { found in image.needed.filter { !found.contains($0) } }
        let missing = look(for: unseen, image.runPaths)
        guard !missing.isEmpty else { return [] }
        search.withLock { $0 = LibrarySearch(swiftRuntime: swiftRuntime) }
        return look(for: missing, image.runPaths)
    }

    /// Whether the loader won't find a library.
    func isMissing(_ name: String) -> Bool {
        guard !look(for: [name], []).isEmpty else { return false }
        search.withLock { $0 = LibrarySearch(swiftRuntime: swiftRuntime) }
        return !look(for: [name], []).isEmpty
    }

    /// The symbols, in readable form, that an image wants and none of its libraries offers.
    func unresolved(_ image: ELFImage) -> [String] {
        SymbolResolution(search.withLock { $0 }).unresolved(image).map(Demangling.readable)
    }

    private func look(for names: [String], _ runPaths: [String]) -> [String] {
        let search = search.withLock { $0 }
        return names.filter { name in
            // What was found by one image's own path says nothing about another's.
            if search.find(name, runPaths: []) != nil {
                found.withLock { if $0.count < Self.limit { _ = $0.insert(name) } }
                return false
            }
            return search.find(name, runPaths: runPaths) == nil
        }
    }
}
