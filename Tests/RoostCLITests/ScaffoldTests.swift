import ForeignSignatures
import Testing

@testable import RoostCLI

struct ScaffoldTests {
    @Test(arguments: [
        ("shop", "Shop"), ("my-shop", "MyShop"), ("a_b-c", "ABC"), ("x2", "X2"),
        ("swift", "SwiftPlugin"), ("plugin", "PluginPlugin"), ("foundation", "FoundationPlugin"),
    ])
    func makesAModuleNameThatCompiles(_ name: String, _ module: String) {
        #expect(Scaffold.module(for: name) == module)
        #expect(Scaffold.libraryName(for: name) == "lib\(module).so")
    }

    @Test(arguments: ScaffoldTemplate.allCases.filter { $0 != .c })
    func givesEveryTemplateAPackageWithSourceTestAndPage(_ template: ScaffoldTemplate) throws {
        let files = Scaffold.files(name: "my-shop", template: template, sdk: "../sdk")
        let paths = files.map(\.path)
        #expect(Set(paths).count == paths.count)
        for path in ["Package.swift", "README.md", ".gitignore"] { #expect(paths.contains(path)) }
        #expect(paths.contains("Tests/MyShopTests/MyShopTests.swift"))
        #expect(paths.contains { $0.hasPrefix("Sources/MyShop/") })
        let manifest = try #require(files.first { $0.path == "Package.swift" }?.contents)
        #expect(manifest.contains(".package(path: \"../sdk\")"))
        #expect(manifest.contains("package: \"sdk\""))
        #expect(files.contains { $0.contents.contains("roost_plugin_my_shop") })
        for file in files {
            #expect(file.contents.hasSuffix("\n"), "\(file.path)")
        }
    }

    @Test func givesAPlainLibrarySignaturesThatAreTaken() throws {
        let files = Scaffold.files(name: "my-lib", template: .c, sdk: "")
        let text = try #require(files.first { $0.path == "my-lib.functions.json" }?.contents)
        let signatures = try SignatureFile(json: Array(text.utf8), name: "x")
        #expect(signatures.plugin == "my-lib")
        #expect(signatures.library == .file("libmy_lib.so"))
        #expect(!files.contains { $0.path == "Package.swift" })
        for file in files { #expect(file.contents.hasSuffix("\n"), "\(file.path)") }
    }

    @Test func namesThePackageOfAnSDKElsewhere() throws {
        let files = Scaffold.files(name: "shop", template: .http, sdk: "/opt/roost/roost-sdk")
        let manifest = try #require(files.first { $0.path == "Package.swift" }?.contents)
        #expect(manifest.contains("package: \"roost-sdk\""))
    }
}
