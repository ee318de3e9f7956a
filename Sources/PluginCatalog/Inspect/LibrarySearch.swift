internal import Platform

#if canImport(Glibc)
internal import Glibc
#endif

/// Where the loader will find a library, as far as that can be told without loading it.
struct LibrarySearch: Sendable {
    private let directories: [String]
    private let cached: [String: [String]]

    /// Reads the loader's cache.
    ///
    /// - Parameter swiftRuntime: The directory of the Swift runtime's libraries.
    init(swiftRuntime: String?) {
        var directories: [String] = []
        if let path = unsafe getenv("LD_LIBRARY_PATH") {
            directories += unsafe String(cString: path).split(separator: ":").map(String.init)
        }
        if let swiftRuntime { directories.append(swiftRuntime) }
        self.init(directories: directories, cache: Self.cacheBytes())
    }

    init(directories: [String], cache: [UInt8]) {
        self.directories = directories
        cached = LoaderCache.libraries(cache)
    }

    /// The path of a library; `nil` when the loader won't find it.
    ///
    /// Paths relative to the image (`$ORIGIN`) don't count, for cells load images from the store.
    func find(_ name: String, runPaths: [String]) -> String? {
        if name.contains("/") { return isLibrary(name) ? name : nil }
        let places =
            runPaths.filter { !$0.contains("$ORIGIN") && !$0.contains("${ORIGIN}") } + directories
        for place in places where isLibrary("\(place)/\(name)") { return "\(place)/\(name)" }
        for path in cached[name] ?? [] where isLibrary(path) { return path }
        for place in Self.standardDirectories where isLibrary("\(place)/\(name)") {
            return "\(place)/\(name)"
        }
        return nil
    }

    /// Whether a file is an ELF library for this machine; the cache also lists others.
    private func isLibrary(_ path: String) -> Bool {
        let raw = open(path, O_RDONLY | O_CLOEXEC)
        guard raw >= 0 else { return false }
        let file = Descriptor(owning: raw)
        var head = [UInt8](repeating: 0, count: 20)
        let count = unsafe head.withUnsafeMutableBytes { buffer in
            unsafe read(file.rawValue, buffer.baseAddress, buffer.count)
        }
        guard count == 20, head[0..<5].elementsEqual([0x7f, 0x45, 0x4c, 0x46, 2]) else {
            return false
        }
        return UInt16(head[18]) | UInt16(head[19]) << 8 == ELFMachine.host
    }

    private static var standardDirectories: [String] {
        let triple = "\(ELFMachine.name(ELFMachine.host))-linux-gnu"
        return [
            "/lib/\(triple)", "/usr/lib/\(triple)", "/lib64", "/usr/lib64", "/lib", "/usr/lib",
            "/usr/local/lib",
        ]
    }

    private static func cacheBytes() -> [UInt8] {
        do {
            return try FileIO.read("/etc/ld.so.cache", limit: 64 << 20)
        } catch {
            // Some systems have none; the standard directories are looked through in any case.
            return []
        }
    }
}

/// The loader's cache of libraries (`/etc/ld.so.cache`), in the form glibc writes since 2.2.
enum LoaderCache {
    /// Paths by library name; empty when the bytes are something else.
    static func libraries(_ cache: [UInt8]) -> [String: [String]] {
        let bytes = ELFBytes(cache.span.bytes)
        do {
            let start = try self.start(bytes)
            let count = UInt64(try bytes.integer(start + 20, as: UInt32.self))
            var libraries: [String: [String]] = [:]
            for index in 0..<min(count, 1 << 20) {
                let entry = start + 48 + index * 24
                let name = start + UInt64(try bytes.integer(entry + 4, as: UInt32.self))
                let path = start + UInt64(try bytes.integer(entry + 8, as: UInt32.self))
                libraries[try bytes.name(name, within: bytes.count), default: []]
                    .append(try bytes.name(path, within: bytes.count))
            }
            return libraries
        } catch {
            return [:]
        }
    }

    /// The new form may follow the old one in the same file, aligned.
    private static func start(_ bytes: borrowing ELFBytes) throws(ELFProblem) -> UInt64 {
        if bytes.hasPrefix("glibc-ld.so.cache1.1", at: 0) { return 0 }
        guard bytes.hasPrefix("ld.so-1.7.0", at: 0) else { throw .malformed("no loader cache") }
        let count = UInt64(try bytes.integer(12, as: UInt32.self))
        let end = (16 + count * 12 + 7) / 8 * 8
        guard bytes.hasPrefix("glibc-ld.so.cache1.1", at: end) else {
            throw .malformed("no loader cache")
        }
        return end
    }
}
