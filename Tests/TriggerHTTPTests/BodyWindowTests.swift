import FunctionModel
import NIOCore
import Testing

@testable import TriggerHTTP

@Suite struct BodyWindowTests {
    @Test func handsOnNoMoreThanTheWindow() {
        var window = BodyWindow()
        let half = ByteBuffer(repeating: 1, count: StreamWindow.bytes / 2 + 10)
        window.add(half)
        window.add(half)
        window.end()
        let all = drained(&window)
        #expect(all.map(\.piece.readableBytes) == [half.readableBytes, half.readableBytes - 20])
        #expect(window.isFull)
        window.consumed(5)
        #expect(drained(&window).map(\.end) == [false])
        #expect(window.isFull)
        window.consumed(100)
        let last = drained(&window)
        #expect(last.map(\.piece.readableBytes) == [15])
        #expect(last.map(\.end) == [true])
    }

    @Test func saysTheEndOnce() {
        var window = BodyWindow()
        #expect(drained(&window).isEmpty)
        window.add(ByteBuffer(string: "a"))
        #expect(drained(&window).map(\.end) == [false])
        window.end()
        #expect(drained(&window).map(\.end) == [true])
        #expect(drained(&window).isEmpty)
    }

    @Test func isNotFooledByAFunctionThatTakesTooMuch() {
        var window = BodyWindow()
        window.consumed(1 << 30)
        window.add(ByteBuffer(repeating: 1, count: StreamWindow.bytes + 1))
        #expect(drained(&window).map(\.piece.readableBytes) == [StreamWindow.bytes])
    }

    private func drained(_ window: inout BodyWindow) -> [(piece: ByteBuffer, end: Bool)] {
        var all: [(piece: ByteBuffer, end: Bool)] = []
        while let next = window.next() { all.append(next) }
        return all
    }
}
