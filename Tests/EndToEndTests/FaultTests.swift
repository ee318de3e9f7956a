import Foundation
import Testing

/// How often each fault is tried; the campaign raises it.
let rounds = ProcessInfo.processInfo.environment["ROOST_TEST_ROUNDS"].flatMap { Int($0) } ?? 50

/// Every fault of the zoo a few times beside three healthy functions of the same cell; `make campaign`
/// tries them for long.
@Suite("A fault of one function", .serialized)
struct FaultTests {
    @Test func isItsOwnCallersMatterOnly() async throws {
        let neighbours = try await Neighbours.start()
        var table = FaultTable.ofFaults()
        for fault in Fault.all {
            let count = fault.group.few(of: rounds)
            let result = try await FaultDrill.run(fault, rounds: count, beside: neighbours)
            table.add(fault, result, of: count)
            #expect(result.isGood, "\(fault.function): \(result.words)")
            #expect(result.peak <= Fault.memory * 105 / 100, "\(fault.function): \(result.peak)")
        }
        table.show()
        try await neighbours.stop()
    }
}

extension FaultTable {
    /// The table of `FaultTests` and of the campaign.
    static func ofFaults() -> FaultTable {
        FaultTable(
            "fault",
            "rounds",
            "named",
            "others' failures",
            "ended p50",
            "p99",
            "renewed p99",
            "peak",
            "others' p99 ratio"
        )
    }

    mutating func add(_ fault: Fault, _ result: FaultDrill.Result, of wanted: Int) {
        let ratio = result.ratios.sorted()
        add(
            fault.function,
            "\(result.rounds) of \(wanted)",
            result.named,
            result.failures,
            (fault.limit == nil ? "" : "limit + ") + result.endings.text(0.5),
            result.endings.text(0.99),
            result.renewals.text(0.99),
            result.peak == 0 ? "-" : "\(result.peak >> 10) KiB",
            ratio.isEmpty ? "-" : String(format: "%.2f", ratio[ratio.count / 2])
        )
    }
}
