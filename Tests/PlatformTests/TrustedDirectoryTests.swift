import Foundation
import Testing

@testable import Platform

struct TrustedDirectoryTests {
    private let root: ScratchDirectory
    private let directory: String

    init() throws {
        root = try ScratchDirectory()
        directory = try root.directory("plugins")
        try Data("x".utf8).write(to: URL(fileURLWithPath: "\(directory)/f"))
        chmod("\(directory)/f", 0o644)
    }

    private func problem() -> TrustProblem? {
        do throws(TrustProblem) {
            _ = try TrustedDirectory(path: directory).open("f")
            return nil
        } catch {
            return error
        }
    }

    @Test func opensAFileThatOnlyItsOwnerMayChange() throws {
        let file = try TrustedDirectory(path: directory).open("f")
        #expect(file.path == "\(directory)/f")
        #expect(file.identity.size == 1)
        #expect(file.identity == FileIdentity(path: file.path))
    }

    @Test(arguments: [0o646, 0o666, 0o602] as [mode_t])
    func refusesFilesThatOthersMayWrite(_ mode: mode_t) {
        chmod("\(directory)/f", mode)
        #expect(
            problem() == .writable(path: "\(directory)/f", mode: UInt32(S_IFREG) | UInt32(mode))
        )
    }

    @Test(arguments: [0o757, 0o777, 0o1777] as [mode_t])
    func refusesADirectoryThatOthersMayWriteEvenWhenSticky(_ mode: mode_t) {
        chmod(directory, mode)
        #expect(problem() == .writable(path: directory, mode: UInt32(S_IFDIR) | UInt32(mode)))
    }

    @Test(.enabled(if: geteuid() == 0, "a user's own group may be private"))
    func refusesWhatAGroupMayWrite() {
        chmod("\(directory)/f", 0o664)
        #expect(problem() == .writable(path: "\(directory)/f", mode: UInt32(S_IFREG) | 0o664))
        chmod(directory, 0o775)
        #expect(problem() == .writable(path: directory, mode: UInt32(S_IFDIR) | 0o775))
    }

    @Test func refusesAnAncestorThatOthersMayWrite() {
        chmod(root.path, 0o777)
        #expect(problem() == .writable(path: root.path, mode: UInt32(S_IFDIR) | 0o777))
    }

    @Test(.enabled(if: geteuid() == 0, "only root can make such directories"))
    func takesAStickyAncestorOfRootOnly() {
        chmod(root.path, 0o1777)
        #expect(problem() == nil)
        chown(root.path, 12_345, 12_345)
        #expect(problem() == .owner(path: root.path, user: 12_345))
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
    func refusesOwnersOtherThanRootAndTheHost() {
        chown("\(directory)/f", 12_345, 12_345)
        #expect(problem() == .owner(path: "\(directory)/f", user: 12_345))
        chown(directory, 12_345, 12_345)
        #expect(problem() == .owner(path: directory, user: 12_345))
    }

    @Test func followsNoLinkToAFile() throws {
        symlink("f", "\(directory)/l")
        #expect(throws: TrustProblem.symbolicLink(path: "\(directory)/l")) {
            try TrustedDirectory(path: directory).open("l")
        }
    }

    @Test func followsALinkToTheDirectoryAndChecksWhereItLeads() throws {
        symlink("plugins", root.file("link"))
        #expect(try TrustedDirectory(path: root.file("link")).path == directory)
        chmod(directory, 0o777)
        #expect(throws: TrustProblem.self) { try TrustedDirectory(path: root.file("link")) }
    }

    @Test func refusesWhatIsNoRegularFile() throws {
        _ = mkdir("\(directory)/d", 0o700)
        mkfifo("\(directory)/p", 0o600)
        for name in ["d", "p"] {
            #expect(throws: TrustProblem.notRegular(path: "\(directory)/\(name)")) {
                try TrustedDirectory(path: directory).open(name)
            }
        }
    }

    @Test func tellsWhatIsMissing() {
        unlink("\(directory)/f")
        #expect(problem() == .missing(path: "\(directory)/f"))
        rmdir(directory)
        #expect(problem() == .missing(path: directory))
    }

    @Test func knowsWhetherSomebodyWrites() throws {
        let writer = open("\(directory)/f", O_WRONLY | O_CLOEXEC)
        let file = try TrustedDirectory(path: directory).open("f")
        #expect(file.isBeingWritten)
        close(writer)
        #expect(!file.isBeingWritten)
    }
}
