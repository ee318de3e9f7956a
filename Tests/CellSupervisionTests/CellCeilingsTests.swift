import FunctionModel
import Platform
import Testing

@testable import CellSupervision

@Suite struct CellCeilingsTests {
    private func plan(_ change: (inout FunctionDefinition) -> Void) throws -> WorkerPlan {
        let manifest = Manifest(plugin: "shop", functions: [FunctionManifest(name: "buy")])
        var definition = FunctionDefinition(
            name: try FunctionName(plugin: "shop", function: "buy"),
            index: 0,
            manifest: manifest.functions[0],
            quota: Quota(),
            triggers: [],
            isolation: .process,
            onCrash: .backoff,
            configuration: [:]
        )
        change(&definition)
        return WorkerPlan(
            version: PluginVersion(
                contentHash: "abc",
                manifest: manifest,
                entrySymbol: "roost_plugin",
                imagePath: "/nowhere",
                loadedSize: .kibibytes(1)
            ),
            functions: [definition],
            isolation: .process,
            startTimeout: .seconds(5)
        )
    }

    @Test func growWithTheWorkersOfADedicatedCell() throws {
        let plan = try plan {
            $0.quota.memory = .mebibytes(10)
            $0.quota.cpuPercent = 50
        }
        let ceilings = CellCeilings(shared: .mebibytes(900))
        let one = ceilings.limits(of: plan, workers: 1)
        let three = ceilings.limits(of: plan, workers: 3)
        #expect(one.memory == CellCeilings.overhead.bytes + 10 << 20)
        #expect((three.memory ?? 0) - (one.memory ?? 0) == 20 << 20)
        #expect((three.processes ?? 0) - (one.processes ?? 0) == 2 * CellCeilings.workerThreads)
        #expect(one.cpuPercent == 50)
        #expect(ceilings.limits(isProbe: false).memory == 900 << 20)
        #expect(ceilings.limits(isProbe: false).cpuPercent == nil)
    }

    @Test func leaveRoomForProgramsOnlyWhereTheyMayBeStarted() throws {
        let without = CellCeilings().limits(of: try plan { _ in }, workers: 1)
        let with = CellCeilings().limits(
            of: try plan { $0.permissions.subprocesses = true },
            workers: 1
        )
        #expect((with.processes ?? 0) - (without.processes ?? 0) == CellCeilings.programs)
    }

    @Test func belongToOneVersionWithOneSetOfPermissionsAndOfLimits() throws {
        let keys = try [
            plan { _ in }, plan { $0.permissions.network = true },
            plan { $0.permissions.read = ["/a"] }, plan { $0.quota.memory = .mebibytes(1) },
            plan { $0.quota.cpuPercent = 50 },
        ].map(\.cellKey)
        #expect(Set(keys).count == 5)
        #expect(try plan { $0.quota.timeout = .seconds(1) }.cellKey == keys[0])
    }

    @Test func givesAPluginTheSameUserForEverAndNoOtherCell() {
        let configuration = CellConfiguration(executable: "/nowhere")
        let shop = configuration.user(ofPlugin: "shop")
        #expect(shop == configuration.user(ofPlugin: "shop"))
        #expect(shop != configuration.user(ofPlugin: "mail"))
        #expect((63_184..<65_184).contains(shop ?? 0))
    }
}
