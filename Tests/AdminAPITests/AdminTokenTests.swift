import FakeHost
import Foundation
import Testing

@testable import AdminAPI

struct AdminTokenTests {
    @Test func drawsOnceAndReadsAgain() throws {
        let home = try TemporaryHome()
        let path = "\(home.path)/admin.token"
        _ = try AdminToken.load(path: path)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.count == 65)
        #expect(text.dropLast().allSatisfy { $0.isHexDigit })
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try AdminToken.load(path: path).matches(text.dropLast().utf8))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
        try home.remove()
    }

    @Test func refusesAFileThatOthersMayRead() throws {
        let home = try TemporaryHome()
        let path = "\(home.path)/admin.token"
        _ = try AdminToken.load(path: path)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(throws: AdminSetupError.self) { try AdminToken.load(path: path) }
        try home.remove()
    }

    @Test(arguments: ["", "\n", "short"]) func refusesAWeakToken(text: String) throws {
        let home = try TemporaryHome()
        let path = "\(home.path)/admin.token"
        #expect(
            FileManager.default.createFile(
                atPath: path,
                contents: Data(text.utf8),
                attributes: [.posixPermissions: 0o600]
            )
        )
        #expect(throws: AdminSetupError.self) { try AdminToken.load(path: path) }
        try home.remove()
    }

    @Test func followsNoLink() throws {
        let home = try TemporaryHome()
        let path = "\(home.path)/admin.token"
        try FileManager.default.createSymbolicLink(
            atPath: path,
            withDestinationPath: "\(home.path)/elsewhere"
        )
        #expect(throws: AdminSetupError.self) { try AdminToken.load(path: path) }
        try home.remove()
    }
}
