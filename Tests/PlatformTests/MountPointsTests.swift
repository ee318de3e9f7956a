import Testing

@testable import Platform

struct MountPointsTests {
    private static let table = """
        21 1 254:0 / / rw,relatime - ext4 /dev/vda rw
        30 21 0:25 / /srv/in rw - tmpfs none rw
        31 30 0:26 / /srv/in/a\\040b rw shared:7 - tmpfs none rw
        32 21 0:27 / /srv/inside rw - tmpfs none rw
        broken
        """

    @Test func areThoseOfADirectoryAndBelowIt() {
        let mounts = MountPoints.list(Array(Self.table.utf8), below: Array("/srv/in".utf8))
        #expect(
            mounts == [.init(number: 30, path: []), .init(number: 31, path: Array("a b".utf8))]
        )
        let all = MountPoints.list(Array(Self.table.utf8), below: Array("/".utf8))
        #expect(all.map(\.number).sorted() == [21, 30, 31, 32])
        #expect(all.contains(.init(number: 30, path: Array("srv/in".utf8))))
    }

    @Test func areReadFromTheKernel() throws {
        let root = try FileTree(path: Array("/".utf8)).root
        let mounts = try #require(MountPoints.below(root))
        #expect(mounts.contains { $0.path.isEmpty })
        #expect(mounts.contains { $0.path == Array("proc".utf8) })
    }

    /// What the kernel makes up by itself changes without a word.
    @Test func knowWhereNobodyTells() throws {
        #expect(!FileTree.tellsChanges(try FileTree(path: Array("/proc".utf8)).root))
        #expect(!FileTree.tellsChanges(try FileTree(path: Array("/sys".utf8)).root))
        #expect(FileTree.tellsChanges(try FileTree(path: Array("/".utf8)).root))
    }
}
