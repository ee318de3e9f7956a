import Foundation
import Testing

#if canImport(Glibc)
import Glibc
#endif

/// What lies about for a plugin to take: a directory that everybody may write, with another plugin's
/// file, a link to the admin token and a local service in it, whose modes all let everybody in.
final class EscapeScene: Sendable {
    let directory: String
    private let service: Int32
    private static let text = "another plugin's"

    init(home: String, owner: UInt32?) throws {
        directory =
            FileManager.default.temporaryDirectory
            .appending(path: "roost-escape-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(
            atPath: directory,
            withIntermediateDirectories: true
        )
        let secret = "\(directory)/secret"
        try Self.text.write(toFile: secret, atomically: false, encoding: .utf8)
        let link = "\(directory)/token"
        let path = "\(directory)/service"
        service = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(service, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0, symlink("\(home)/admin.token", link) == 0,
            chmod(path, 0o777) == 0, chmod(secret, 0o666) == 0, chmod(directory, 0o777) == 0
        else { throw CocoaError(.fileWriteUnknown) }
        guard let owner else { return }
        // Where cells are the host's user, files of theirs would be theirs to change.
        for place in [directory, secret, path] {
            guard chown(place, owner, owner) == 0 else { throw CocoaError(.fileWriteUnknown) }
        }
    }

    /// Whether everything is as it was, and nobody has said anything to the service.
    var isUntouched: Bool {
        var status = stat()
        var byte: UInt8 = 0
        let names = try? FileManager.default.contentsOfDirectory(atPath: directory)
        return names?.sorted() == ["secret", "service", "token"]
            && stat("\(directory)/secret", &status) == 0 && status.st_mode & 0o777 == 0o666
            && status.st_size == Self.text.utf8.count
            && recv(service, &byte, 1, Int32(MSG_DONTWAIT)) < 0
    }

    func remove() {
        close(service)
        #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: directory) }
    }
}
