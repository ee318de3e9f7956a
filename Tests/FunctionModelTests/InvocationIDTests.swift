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

    @Test func everyBitIsDrawn() throws {
        var (ones, zeros): (UInt128, UInt128) = (0, 0)
        for _ in 0..<1_000 {
            let bits = try #require(UInt128(InvocationID().description, radix: 16))
            ones |= bits
            zeros |= ~bits
        }
        #expect(ones == .max)
        #expect(zeros == .max)
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
