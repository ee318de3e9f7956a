import FunctionModel
import Testing

@Suite struct InvocationIDTests {
    @Test func noTwoAreAlikeWhateverThreadDrawsThem() async {
        let drawn = await withTaskGroup { group in
            for _ in 0..<8 { group.addTask { (0..<5_000).map { _ in InvocationID() } } }
            return await group.reduce(into: [InvocationID]()) { $0 += $1 }
        }
        #expect(Set(drawn).count == 40_000)
    }

    @Test func everyBitBehindTheTimeIsDrawn() throws {
        let random = UInt128.max >> 48
        var (ones, zeros): (UInt128, UInt128) = (0, 0)
        for _ in 0..<1_000 {
            let bits = try #require(UInt128(InvocationID().description, radix: 16))
            ones |= bits
            zeros |= ~bits
        }
        #expect(ones & random == random)
        #expect(zeros & random == random)
    }

    @Test func laterIDsFollowEarlierOnes() throws {
        let first = InvocationID().words.high >> 16
        let begin = ContinuousClock.now
        while ContinuousClock.now - begin < .milliseconds(20) {}
        let second = InvocationID().words.high >> 16
        #expect(first < second)
        #expect(second - first < 60_000)
    }

    @Test func isReadAsItIsWritten() {
        let id = InvocationID()
        #expect(InvocationID(id.description) == id)
        #expect(id.description.utf8.count == 32)
    }

    @Test(arguments: [
        "", "0", String(repeating: "g", count: 32), String(repeating: "A", count: 32),
    ])
    func nothingElseIsRead(text: String) { #expect(InvocationID(text) == nil) }
}
