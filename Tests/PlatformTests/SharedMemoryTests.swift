import Foundation
import Glibc
import Platform
import Testing

@Suite struct SharedMemoryTests {
    private func withFile(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("roost-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: directory) } }
        let path = directory.appendingPathComponent("image").path
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        try body(path)
    }

    private func content(_ descriptor: Descriptor) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: "/proc/self/fd/\(descriptor.rawValue)")))
    }

    private func inode(_ descriptor: Descriptor) throws -> Int {
        let path = "/proc/self/fd/\(descriptor.rawValue)"
        var status = stat()
        #expect(unsafe stat(path, &status) == 0)
        return Int(status.st_ino)
    }

    @Test func everyCopyIsAFileOfItsOwnWithTheSameContent() throws {
        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
        try withFile(bytes) { path in
            let first = try SealedMemory.copy(ofFileAt: path, name: "image")
            let second = try SealedMemory.copy(ofFileAt: path, name: "image")
            #expect(try content(first) == bytes)
            #expect(try content(second) == bytes)
            #expect(try inode(first) != inode(second))
        }
    }

    @Test func aCopyCanNotBeChanged() throws {
        try withFile([1, 2, 3]) { path in
            let copy = try SealedMemory.copy(ofFileAt: path, name: "image")
            #expect(unsafe pwrite(copy.rawValue, [9], 1, 0) == -1)
            #expect(ftruncate(copy.rawValue, 0) == -1)
            #expect(try content(copy) == [1, 2, 3])
        }
    }

    @Test func linksAndDirectoriesAreNotCopied() throws {
        try withFile([1]) { path in
            let link = path + "-link"
            try FileManager.default.createSymbolicLink(
                atPath: link,
                withDestinationPath: path
            )
            for wrong in [link, "/tmp", "/dev/null", path + "-missing"] {
                #expect(throws: SystemCallError.self, "\(wrong)") {
                    try SealedMemory.copy(ofFileAt: wrong, name: "image")
                }
            }
        }
    }

    @Test func aPageIsSharedAndKeepsItsSize() throws {
        let (page, descriptor) = try SharedPage.make()
        #expect(page.load(64) == 0)
        page.store(64, 7)
        #expect(try content(descriptor)[64] == 7)
        #expect(ftruncate(descriptor.rawValue, 0) == -1)
        #expect(unsafe pwrite(descriptor.rawValue, [8], 1, 64) == 1)
        #expect(!page.exchange(64, 7, 9), "the other side was faster")
        #expect(page.exchange(64, 8, 9))
        #expect(page.load(64) == 9)
    }
}
