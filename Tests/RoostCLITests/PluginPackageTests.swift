import FakeHost
import Foundation
import Testing

@testable import RoostCLI

/// With a script in the compiler's place: what is asked of it, and what is made of its answers.
struct PluginPackageTests {
    private static let compiler = """
        #!/bin/sh
        here=$(dirname "$0")
        case "$*" in
        "build -c debug --package-path $here --show-bin-path") echo "$here/out" ;;
        "build -c debug --package-path $here") mkdir "$here/out"; : >"$here/out/libShop.so" ;;
        "package --package-path $here describe --type json")
            echo '{"products":[{"name":"Shop","type":{"library":["dynamic"]}}]}' ;;
        *) exit 1 ;;
        esac

        """

    private func package(_ compiler: String, in home: TemporaryHome) throws -> PluginPackage {
        let script = "\(home.path)/compiler"
        let made = FileManager.default.createFile(
            atPath: script,
            contents: Data(compiler.utf8),
            attributes: [.posixPermissions: 0o755]
        )
        #expect(made)
        return PluginPackage(directory: home.path, configuration: "debug", swift: script)
    }

    @Test func buildsAndFindsTheLibrary() async throws {
        let home = try TemporaryHome()
        let package = try package(Self.compiler, in: home)
        let manifest = "\(home.path)/Package.swift"
        #expect(FileManager.default.createFile(atPath: manifest, contents: Data()))
        #expect(try await package.build() == ["\(home.path)/out/libShop.so"])
        try home.remove()
    }

    @Test func saysWhereAPackageIsMissing() async throws {
        let home = try TemporaryHome()
        let package = try package(Self.compiler, in: home)
        let failure = await #expect(throws: CommandFailure.self) { try await package.build() }
        #expect(failure?.code == .usage)
        #expect(failure?.description.contains("roost new") == true)
        try home.remove()
    }

    @Test func tellsAFailedBuild() async throws {
        let home = try TemporaryHome()
        let package = try package("#!/bin/sh\nexit 1\n", in: home)
        let manifest = "\(home.path)/Package.swift"
        #expect(FileManager.default.createFile(atPath: manifest, contents: Data()))
        let failure = await #expect(throws: CommandFailure.self) { try await package.build() }
        #expect(failure?.code == .failed)
        try home.remove()
    }

    @Test func tellsAMissingToolchain() async throws {
        let failure = await #expect(throws: CommandFailure.self) {
            try await ChildProcess.run("no-such-program-anywhere", [])
        }
        #expect(failure?.description.contains("PATH") == true)
    }
}
