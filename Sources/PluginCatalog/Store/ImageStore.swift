internal import FoundationEssentials
internal import FunctionModel
internal import Platform
internal import Synchronization

/// The images by content hash, and what is known of them.
///
/// Images are what cells load: a file here is written once, whole, and never changed. Everything is
/// put in place by renaming, so that a crash leaves the old or the new, never a half.
struct ImageStore: Sendable {
    /// An image that has been copied but has no name yet.
    struct Staged: Sendable {
        let path: String
        let hash: String
        let identity: FileIdentity
    }

    /// The directory, for the host's user only.
    let directory: String
    private let recordDirectory: String

    private static let counter = Atomic<UInt64>(0)
    private static let recordLimit = 4 << 20

    /// Opens or makes the store, and clears away what a crash left half done.
    ///
    /// What was found by a host of another release is forgotten: what it accepted may not be
    /// acceptable any more.
    ///
    /// - Throws: `SystemCallError` when the directory can't be made or written.
    init(directory: String, release: HostRelease) throws {
        self.directory = directory
        recordDirectory = "\(directory)/plugins"
        try FileIO.makeDirectory(directory)
        try FileIO.makeDirectory(recordDirectory)
        for folder in [directory, recordDirectory] {
            for name in FileIO.names(in: folder) where name.hasSuffix(Self.stagedSuffix) {
                try FileIO.delete("\(folder)/\(name)")
            }
        }
        try forgetOtherReleases(than: release)
    }

    /// Where the image of a hash is, or would be.
    func imagePath(_ hash: String) -> String { "\(directory)/\(hash).so" }

    private func forgetOtherReleases(than release: HostRelease) throws {
        let path = "\(directory)/release"
        let own = "Swift \(release.swiftVersion), contract \(release.contractVersions)"
        do {
            if try FileIO.read(path, limit: 4_096) == Array(own.utf8) { return }
        } catch let error as SystemCallError where error.isMissing || error.isTooLarge {
            // A new store, or one that somebody damaged.
        }
        for folder in [directory, recordDirectory] {
            for name in FileIO.names(in: folder) where name.hasSuffix(".json") {
                try FileIO.delete("\(folder)/\(name)")
            }
        }
        try replace(path, with: Array(own.utf8), in: directory)
    }

    // MARK: - Images

    /// Copies a file in and hashes it on the way.
    ///
    /// - Parameters:
    ///   - file: The file; `nil` for none.
    ///   - head: What stands before it.
    ///   - limit: The most bytes of the file.
    /// - Returns: The copy.
    /// - Throws: `SystemCallError` when reading or writing fails, `EFBIG` beyond `limit` bytes.
    func stage(_ file: Descriptor?, after head: [UInt8] = [], limit: Int) throws -> Staged {
        let path = stagedPath(directory)
        let copy = try FileIO.open(path, .create)
        do {
            var hash = ContentHash()
            var total = 0
            hash.add(head.span.bytes)
            try FileIO.write(head.span.bytes, to: copy)
            if let file {
                try FileIO.read(file) { (bytes) throws(SystemCallError) in
                    total += bytes.byteCount
                    guard total <= limit else { throw SystemCallError.tooLarge("copy") }
                    hash.add(bytes)
                    try FileIO.write(bytes, to: copy)
                }
            }
            try FileIO.setMode(0o400, of: copy)
            guard let digest = hash.finish() else { throw StoreProblem.noHash }
            return Staged(path: path, hash: digest, identity: try FileIdentity(copy))
        } catch {
            try FileIO.delete(path)
            throw error
        }
    }

    /// Gives a staged image its name.
    ///
    /// Its bytes reach the disk when `synchronise` is called, or the kernel sees fit: an image that
    /// a power cut left unfinished is found out by its size at the next start, and by its hash soon
    /// after, and is fetched anew.
    ///
    /// - Throws: `SystemCallError` when the disk is broken.
    func keep(_ staged: Staged) throws -> FileIdentity {
        try FileIO.rename(staged.path, to: imagePath(staged.hash))
        return staged.identity
    }

    /// Waits until an image is on the disk; that it was deleted meanwhile is no error.
    ///
    /// - Throws: `SystemCallError` when the disk is full or broken.
    func synchronise(_ hash: String) throws {
        do {
            try FileIO.synchronise(try FileIO.open(imagePath(hash), .read))
        } catch  where error.isMissing {
            return
        }
    }

    /// Throws a staged image away.
    func discard(_ staged: Staged) throws { try FileIO.delete(staged.path) }

    /// What is stored under a hash; `nil` when nothing is.
    func storedIdentity(_ hash: String) -> FileIdentity? {
        FileIdentity(path: imagePath(hash))
    }

    /// Whether the stored image is, at a glance, what was stored.
    func isPresent(_ kept: PluginRecord.Kept) -> Bool {
        storedIdentity(kept.hash)?.hasSameContent(as: kept.image) ?? false
    }

    /// Whether the stored image is, byte by byte, what its name says.
    func isSound(_ hash: String) -> Bool {
        do {
            var sum = ContentHash()
            try FileIO.read(try FileIO.open(imagePath(hash), .read)) { (bytes) throws(Never) in
                sum.add(bytes)
            }
            return sum.finish() == hash
        } catch {
            return false
        }
    }

    /// Forgets an image and what is known of it.
    func delete(_ hash: String) throws(SystemCallError) {
        try FileIO.delete(imagePath(hash))
        try FileIO.delete("\(directory)/\(hash).json")
    }

    /// Deletes the images and records of all hashes but these.
    func collect(keeping hashes: Set<String>) throws(SystemCallError) {
        for name in FileIO.names(in: directory) {
            // Images and their records are named by 64 digits; the rest isn't ours to delete.
            guard let dot = name.firstIndex(of: "."), name[..<dot].utf8.count == 64 else {
                continue
            }
            if !hashes.contains(String(name[..<dot])) { try FileIO.delete("\(directory)/\(name)") }
        }
    }

    // MARK: - Records

    /// What is known of an image; `nil` when it was never probed with success.
    func imageRecord(_ hash: String) -> ImageRecord? { read("\(directory)/\(hash).json") }

    /// Remembers what is known of an image.
    func remember(_ record: ImageRecord, of hash: String) throws {
        try write(record, to: "\(directory)/\(hash).json", in: directory)
    }

    /// The names of the plugins that have a record.
    func recordedPlugins() -> [String] {
        FileIO.names(in: recordDirectory).compactMap { name in
            name.hasSuffix(".json") ? String(name.dropLast(5)) : nil
        }
    }

    /// What is known of a plugin; `nil` when nothing is, or it can't be read any more.
    func pluginRecord(_ plugin: String) -> PluginRecord? {
        read("\(recordDirectory)/\(plugin).json")
    }

    /// Remembers what is known of a plugin.
    func remember(_ record: PluginRecord) throws {
        try write(record, to: "\(recordDirectory)/\(record.plugin).json", in: recordDirectory)
    }

    /// Forgets a plugin.
    func forget(plugin: String) throws(SystemCallError) {
        try FileIO.delete("\(recordDirectory)/\(plugin).json")
    }

    private static let stagedSuffix = ".part"

    private func stagedPath(_ folder: String) -> String {
        let number = Self.counter.add(1, ordering: .relaxed).newValue
        // Left-overs of a process that had this number before were cleared away at start.
        return "\(folder)/\(number)\(Self.stagedSuffix)"
    }

    private func read<Value: Decodable>(_ path: String) -> Value? {
        do {
            let bytes = try FileIO.read(path, limit: Self.recordLimit)
            return try JSONDecoder().decode(Value.self, from: Data(bytes))
        } catch {
            // Missing or damaged: the image is looked at as if it had just arrived.
            return nil
        }
    }

    private func write(_ value: some Encodable, to path: String, in folder: String) throws {
        try replace(path, with: [UInt8](try JSONEncoder().encode(value)), in: folder)
    }

    private func replace(_ path: String, with bytes: [UInt8], in folder: String) throws {
        let staged = stagedPath(folder)
        let file = try FileIO.open(staged, .create)
        try FileIO.write(bytes.span.bytes, to: file)
        try FileIO.rename(staged, to: path)
    }
}

/// What can go wrong in the store beside the disk.
enum StoreProblem: Error, CustomStringConvertible {
    /// The library that hashes refuses to.
    case noHash

    var description: String { "OpenSSL's libcrypto offers no SHA-256 on this machine." }
}
