internal import Platform

#if canImport(Glibc)
internal import Glibc
#endif

/// The secret that the TCP listener asks for: 256 random bits in hexadecimal, kept in a file.
public struct AdminToken: Sendable {
    private let bytes: [UInt8]

    init(_ text: String) { bytes = Array(text.utf8) }

    /// Reads the token, or draws one where there is no file yet.
    ///
    /// - Throws: `AdminSetupError` when others may read the file, or it is empty or not to be made.
    public static func load(path: String) throws -> AdminToken {
        let created = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard created < 0 else {
            return try draw(into: Descriptor(owning: created), path: path)
        }
        guard errno == EEXIST else {
            throw AdminSetupError("can't make the admin token: \(SystemCallError("open(\(path))"))")
        }
        return try read(path: path)
    }

    /// Compares without telling by its duration how much was right.
    func matches(_ candidate: some Collection<UInt8>) -> Bool {
        var difference = bytes.count ^ candidate.count
        for (index, byte) in candidate.enumerated() {
            difference |= Int(bytes[index % bytes.count] ^ byte)
        }
        return difference == 0
    }

    private static func draw(into file: Descriptor, path: String) throws -> AdminToken {
        var generator = SystemRandomNumberGenerator()
        let digits = (0..<4).map { _ in
            let word = String(generator.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - word.count) + word
        }
        let text = digits.joined()
        let line = Array((text + "\n").utf8)
        guard write(file.rawValue, line, line.count) == line.count else {
            throw AdminSetupError(
                "can't write the admin token: \(SystemCallError("write(\(path))"))"
            )
        }
        return AdminToken(text)
    }

    private static func read(path: String) throws -> AdminToken {
        let number = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard number >= 0 else {
            throw AdminSetupError("can't read the admin token: \(SystemCallError("open(\(path))"))")
        }
        let file = Descriptor(owning: number)
        var status = stat()
        guard fstat(file.rawValue, &status) == 0 else {
            throw AdminSetupError(
                "can't read the admin token: \(SystemCallError("fstat(\(path))"))"
            )
        }
        guard status.st_mode & 0o077 == 0, status.st_uid == geteuid() else {
            throw AdminSetupError(
                "others may read or own \(path): run `chmod 600 \(path)` as its owner, or remove it "
                    + "to have a new token drawn"
            )
        }
        var buffer = [UInt8](repeating: 0, count: 1_024)
        let count = Glibc.read(file.rawValue, &buffer, buffer.count)
        let text =
            String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
            .split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
        guard text.utf8.count >= 32 else {
            throw AdminSetupError(
                "the token in \(path) is shorter than 32 characters: remove the file to have a new "
                    + "one drawn"
            )
        }
        return AdminToken(text)
    }
}
