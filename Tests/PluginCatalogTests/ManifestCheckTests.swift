import FunctionModel
import Testing

@testable import PluginCatalog

@Suite struct ManifestCheckTests {
    @Test(arguments: [-1, 0, 1])
    func takesAsManyFunctionsAsTheHostServes(_ more: Int) throws {
        let count = Manifest.maximumFunctions + more
        let manifest = Manifest(
            plugin: "many",
            functions: (0..<count).map { FunctionManifest(name: "f\($0)") }
        )
        let report = ProbeReport(manifest: manifest, load: .zero, start: .zero)
        let image = StagedImage(entrySymbol: "roost_plugin_many", loadedBytes: 1)
        func check() throws {
            _ = try ManifestCheck.record(report, of: image, file: "libMany.so")
            _ = try manifest.validated()
        }
        if more > 0 {
            #expect(throws: PluginRefusal.self) {
                try ManifestCheck.record(report, of: image, file: "libMany.so")
            }
            #expect(throws: PluginRefusal.self) { try manifest.validated() }
        } else {
            try check()
        }
    }
}
