#if canImport(Glibc)
internal import Glibc
#endif

/// Decides which paths may be handed to plugins: none that leads into, or around, the host's own.
public struct PathGuard: Sendable {
    /// Why a path isn't handed out, in words that follow its name.
    public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        /// The words.
        public let description: String
    }

    private let forbidden: [String]

    /// Guards directories, and all in them.
    ///
    /// - Parameter directories: The host's home, the drop directory and their like; looked up now.
    public init(forbidding directories: [String] = []) {
        forbidden = directories.compactMap { FileIO.resolved($0) }
    }

    /// The path, which has to be without links: what was allowed by name must not lead elsewhere.
    public func resolve(_ path: String) -> Result<String, Problem> {
        guard let resolved = FileIO.resolved(path) else {
            return .failure(.init(description: "it isn't there; make it, or correct the path"))
        }
        for place in forbidden {
            let (own, other) = (Self.steps(place), Self.steps(resolved))
            if other.starts(with: own) || own.starts(with: other) {
                return .failure(
                    .init(
                        description: "it leads to \(place), which is the host's own and can't be "
                            + "allowed to any plugin"
                    )
                )
            }
        }
        if let problem = identityProblem(resolved) { return .failure(problem) }
        guard Self.steps(resolved) == Self.steps(path) else {
            return .failure(
                .init(description: "it leads through a link to \(resolved); name that instead")
            )
        }
        return .success(resolved)
    }

    private static func steps(_ path: String) -> [Substring] { path.split(separator: "/") }

    /// Another name for the same thing: a mount of one of the host's places or of what holds it, or a
    /// hard link.
    private func identityProblem(_ path: String) -> Problem? {
        var status = stat()
        guard stat(path, &status) == 0 else { return .init(description: "it can't be looked at") }
        let kind = status.st_mode & S_IFMT
        guard kind == S_IFDIR || kind == S_IFREG || kind == S_IFCHR else {
            return .init(description: "it is neither a directory nor a file")
        }
        guard kind == S_IFDIR || status.st_nlink == 1 else {
            return .init(description: "it has further hard links, so that it may be anybody's file")
        }
        for place in forbidden {
            var parts = Self.steps(place)
            while true {
                var other = stat()
                let step = "/" + parts.joined(separator: "/")
                if stat(step, &other) == 0, other.st_dev == status.st_dev,
                    other.st_ino == status.st_ino
                {
                    return .init(description: "it is another name of \(step), which holds \(place)")
                }
                guard !parts.isEmpty else { break }
                parts.removeLast()
            }
        }
        return nil
    }
}
