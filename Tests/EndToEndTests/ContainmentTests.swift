import Foundation
import Testing

@Suite("Very many crashes", .serialized)
struct ContainmentTests {
    /// Memory and descriptors after very many crashes; their cells are renewed on the way.
    @Test func leaveNothingBehind() async throws {
        let crashes = max(1_000, rounds * 5)
        let host = try await RoostProcess.start(plugins: ["Hello", "Zoo"])
        try await host.awaitService("/functions/hello", "/functions/zoo.echo")
        let connection = try HTTPConnection(host.functions)
        let kinds = Fault.contained.map(\.function)
        var table = FaultTable("crashes", "descriptors", "resident", "cell renewals")
        var resident: [Int] = []
        var descriptors: [Int] = []
        for crash in 0...crashes {
            let kind = kinds[crash % kinds.count]
            let reply = try connection.request("POST", "/functions/zoo.\(kind)")
            guard reply.status == 502, reply.headers["roost-outcome"] == "crashed" else {
                Issue.record("crash \(crash), \(kind): \(reply)")
                break
            }
            guard crash % (crashes / 10) == 0 else { continue }
            descriptors.append(try host.descriptors())
            resident.append(try await host.residentBytes())
            let renewals = try await host.metric("roost_cell_renewals_total{")
            let size = resident.last.map { "\($0 >> 20) MiB" } ?? ""
            table.add(crash, descriptors.last ?? 0, size, Int(renewals))
        }
        table.show()
        #expect(try await host.metric("roost_cell_renewals_total{") >= 1)
        let settled = try await eventually("descriptors are given back") {
            try host.descriptors() <= (descriptors.first ?? 0) + 16 ? true : nil
        }
        #expect(settled)
        // It rises with every image that stays until its cell is renewed, and no higher.
        let bound = (resident.first ?? 0) + 768 << 20
        #expect(resident.allSatisfy { $0 < bound }, "\(resident)")
        #expect(try connection.request("POST", "/hello", body: #"{"name":"x"}"#).status == 200)
        #expect(await host.stop() == 0)
    }
}
