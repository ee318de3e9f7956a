internal import Platform

/// Binds an image's wanted symbols to the libraries that it needs, as the loader would.
///
/// Versions of symbols are not compared: a library that has the name and lacks the version is rare,
/// and the probe finds it.
struct SymbolResolution {
    private let search: LibrarySearch

    /// More libraries than any plugin draws in.
    private static let libraryLimit = 512

    init(_ search: LibrarySearch) { self.search = search }

    /// The symbols that the image can't do without and nobody offers, sorted.
    func unresolved(_ image: ELFImage) -> [String] {
        var wanted = Set(image.imports.filter { !$0.isWeak }.map(\.name))
        wanted.subtract(image.exports)
        wanted.remove("")
        var queue = image.needed.map { (name: $0, runPaths: image.runPaths) }
        var seen = Set(image.needed)
        while !wanted.isEmpty, let (name, runPaths) = queue.popLast() {
            guard let path = search.find(name, runPaths: runPaths), let library = read(path) else {
                continue
            }
            wanted.subtract(library.exports)
            for next in library.needed
            where seen.count < Self.libraryLimit && seen.insert(next).inserted {
                queue.append((next, library.runPaths + [directory(of: path)]))
            }
        }
        return wanted.sorted()
    }

    /// A library that the system or the toolchain installed; what can't be read offers nothing.
    private func read(_ path: String) -> ELFImage? {
        do {
            let file = try FileIO.open(resolved(path), .read)
            return try MappedFile(file).withBytes { (bytes) throws(ELFProblem) in
                try ELFImage(bytes)
            }
        } catch {
            return nil
        }
    }

    private func resolved(_ path: String) -> String { FileIO.resolved(path) ?? path }

    private func directory(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }
}
