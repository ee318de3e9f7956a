import CellProtocol
import Testing

@Suite(.serialized)
struct ServingTests {
    @Test func echoesAndKeepsTheProcess() throws {
        let cell = try TestCell()
        let worker = try cell.start(Subject.path(), entry: Subject.entry, wantsManifest: true)
        let ready = try worker.expect(.ready)
        let frame = try ReadyFrame(ready.payload.span.bytes)
        #expect(frame.functions == 1)
        #expect(ready.text(frame.manifest).contains("subject"))
        for round in 0..<100 {
            let end = try worker.call("echo:\(round)")
            #expect(end.code == .succeeded)
            #expect(end.body == "echo:\(round)")
        }
        #expect(try worker.call("pid").body == "\(cell.process)")
        try worker.retire()
        #expect(try cell.awaitEnd(of: worker) == [])
    }
}
