import FunctionModel
import NIOCore
import SeededRandom
import Testing

@testable import InvocationStore

struct RequestHeadCodeTests {
    private static let heads = [
        HTTPRequestHead(method: "", path: "", query: "", headers: []),
        HTTPRequestHead(
            method: "POST",
            path: "/orders/7",
            query: "a=1&b=%20",
            headers: [
                Field("accept", "*/*"), Field("x-long", String(repeating: "é", count: 9_000)),
            ],
            parameters: [Field("id", "7")]
        ),
    ]

    @Test(arguments: heads)
    func headsComeBackAsTheyWere(head: HTTPRequestHead) {
        #expect(RequestHeadCode(RequestHeadCode(head).bytes)?.head == head)
    }

    @Test func whatIsCutShortOrTooLongIsRefused() throws {
        let bytes = RequestHeadCode(try #require(Self.heads.last)).bytes
        for count in 0..<bytes.readableBytes {
            #expect(RequestHeadCode(try #require(bytes.getSlice(at: 0, length: count))) == nil)
        }
        var longer = bytes
        longer.writeInteger(UInt8(0))
        #expect(RequestHeadCode(longer) == nil)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func changedBytesAreRefusedOrReadable(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let bytes = [UInt8](RequestHeadCode(try #require(Self.heads.first)).bytes.readableBytesView)
        for _ in 0..<200 {
            let changed = ByteBuffer(bytes: random.mutate(bytes + random.bytes(16)))
            guard let code = RequestHeadCode(changed) else { continue }
            #expect(RequestHeadCode(code.bytes)?.head == code.head)
        }
    }
}
