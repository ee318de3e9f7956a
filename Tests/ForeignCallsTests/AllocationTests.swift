import Testing

/// A call takes its memory from what the plugin keeps, whatever it passes.
struct AllocationTests {
    @Test func aCallThatWasMadeBeforeAsksForNoMemory() throws {
        let (status, said) = try Script.run("allocations.sh")
        #expect(status == 0, "\(said)")
        let lines = said.split(separator: "\n")
        #expect(lines.count >= 17, "numbers, texts, bytes, structs, lists, callbacks, handles")
        for line in lines { #expect(line.hasPrefix("0.0 "), "\(line)") }
    }
}
