import Platform
import Testing

@Suite struct ControlSocketTests {
    private func pair() throws -> (near: ControlSocket, far: ControlSocket) {
        let pair = try SocketPair(.packets)
        return (ControlSocket(pair.near), ControlSocket(pair.far))
    }

    @Test func keepsPacketsApart() throws {
        let (near, far) = try pair()
        _ = try near.send([1, 2, 3])
        _ = try near.send([4])
        #expect(try far.receive(maximum: 10) == .packet([1, 2, 3]))
        #expect(try far.receive(maximum: 10) == .packet([4]))
        #expect(try far.receive(maximum: 10) == .nothing)
    }

    @Test func takesNeitherLongPacketsNorDescriptors() throws {
        let (near, far) = try pair()
        _ = try near.send([UInt8](repeating: 1, count: 11))
        #expect(try far.receive(maximum: 10) == .refused)
        _ = try near.send([1], descriptors: [near.descriptor])
        #expect(try far.receive(maximum: 10) == .refused)
        _ = try near.send([2])
        #expect(try far.receive(maximum: 10) == .packet([2]))
    }

    @Test func saysWhenTheOtherSideDoesNotKeepUpOrHasGone() throws {
        var pair: SocketPair? = try SocketPair(.packets)
        let near = ControlSocket(try #require(pair?.near))
        var sent = 0
        while case .sent = try near.send([UInt8](repeating: 0, count: 1_000)), sent < 100_000 {
            sent += 1
        }
        #expect((1..<100_000).contains(sent), "the socket's room is bounded")
        pair = nil
        guard case .closed = try near.send([1]) else {
            Issue.record("a closed socket took a packet")
            return
        }
        #expect(try near.receive(maximum: 10) == .closed)
    }
}
