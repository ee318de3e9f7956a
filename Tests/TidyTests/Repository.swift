import Foundation

/// The files of this repository, as a checkout has them: nothing that a build leaves.
struct Repository: Sendable {
    struct File: Sendable {
        /// Below the root, for example `Sources/Platform/FileLock.swift`.
        var path: String
        var text: String

        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
        var name: String { path.split(separator: "/").last.map(String.init) ?? path }

        /// The target that it belongs to, for `Sources` and `Tests`.
        var room: String? {
            let parts = path.split(separator: "/")
            return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
        }
    }

    static let here = Repository(
        root: URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    )

    let root: URL
    let swift: [File]
    let pages: [File]
    /// C sources and headers, scripts and the Makefile.
    let others: [File]
    let folders: [String]

    private init(root: URL) {
        self.root = root
        var swift: [File] = []
        var pages: [File] = []
        var others: [File] = []
        var folders: [String] = []
        let walk = FileManager.default.enumerator(
            at: root,
            includingPropertiesForKeys: [.isDirectoryKey],
            options: [.skipsHiddenFiles]
        )
        while let url = walk?.nextObject() as? URL {
            let path = String(
                url.path.dropFirst(root.path.count + (root.path.hasSuffix("/") ? 0 : 1))
            )
            if url.hasDirectoryPath {
                folders.append(path)
                continue
            }
            let isMakefile = url.lastPathComponent == "Makefile"
            guard ["swift", "md", "c", "h", "sh"].contains(url.pathExtension) || isMakefile,
                let data = FileManager.default.contents(atPath: url.path)
            else { continue }
            let file = File(path: path, text: String(decoding: data, as: UTF8.self))
            switch url.pathExtension {
            case "swift": swift.append(file)
            case "md": pages.append(file)
            default: others.append(file)
            }
        }
        self.swift = swift.sorted { $0.path < $1.path }
        self.pages = pages.sorted { $0.path < $1.path }
        self.others = others.sorted { $0.path < $1.path }
        self.folders = folders.sorted()
    }

    /// The rooms: the folders of `Sources`.
    var rooms: [String] {
        folders.filter { $0.hasPrefix("Sources/") && $0.split(separator: "/").count == 2 }
            .map { String($0.dropFirst("Sources/".count)) }
    }

    func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }
}
