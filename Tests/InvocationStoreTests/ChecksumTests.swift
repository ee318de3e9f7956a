import NIOCore
import SeededRandom
import Testing

@testable import InvocationStore

struct ChecksumTests {
    private func sum(_ bytes: [UInt8]) -> Int64 {
        var checksum = Checksum()
        checksum.add(ByteBuffer(bytes: bytes))
        return checksum.value
    }

    @Test(arguments: [0, 1, 7, 8, 9, 64, 257])
    func everyFlippedBitShows(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        var bytes = generator.bytes(count)
        let whole = sum(bytes)
        for bit in 0..<(count * 8) {
            bytes[bit / 8] ^= 1 << (bit % 8)
            #expect(sum(bytes) != whole, "bit \(bit)")
            bytes[bit / 8] ^= 1 << (bit % 8)
        }
    }

    @Test func lengthsAndBordersShow() {
        #expect(sum([]) != sum([0]))
        #expect(sum([0]) != sum([0, 0]))
        var left = Checksum()
        left.add("ab")
        left.add("c")
        var right = Checksum()
        right.add("a")
        right.add("bc")
        #expect(left.value != right.value)
        var absent = Checksum()
        absent.add(String?.none)
        var empty = Checksum()
        empty.add("")
        #expect(absent.value != empty.value)
    }
}
