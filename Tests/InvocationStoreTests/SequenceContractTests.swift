import FunctionModel
import NIOCore
import Testing

/// What every store promises of sequences.
@Suite(.serialized)
struct SequenceContractTests {
    @Test(arguments: StoreKind.allCases)
    func goesOnUnderItsIdWithTheOutputOfAStep(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        let id = try await test.accept(.mail, "in") {
            $0.http = HTTPRequestHead(method: "POST", path: "/", query: "", headers: [])
            $0.depth = 2
            $0.delivery.timeout = .seconds(5)
        }
        let first = try await test.claimOne(.mail)
        #expect(first.invocation.progress == nil)
        var release = Release()
        release.step = SequenceStep(
            body: ByteBuffer(string: "out"),
            contentType: "text/plain",
            progress: SequenceProgress(remaining: [.bill], used: 1, attempts: 2)
        )
        try await test.store.release(first.lease, release)
        #expect(try await test.state(id) == .waiting(notBefore: nil))
        let second = try await test.claimOne(.mail)
        #expect(second.invocation.id == id)
        #expect(second.invocation.body == ByteBuffer(string: "out"))
        #expect(second.invocation.contentType == "text/plain")
        #expect(second.invocation.progress == release.step?.progress)
        #expect(second.invocation.http == nil)
        #expect(second.invocation.depth == 2)
        #expect(second.invocation.delivery.timeout == .seconds(5))
        #expect(second.attempt == 2)
        #expect(second.attemptLimit == 3, "a step has attempts of its own")
        await #expect(throws: StoreError.staleLease) {
            try await test.store.release(first.lease, release)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func aStepThatIsTooLargeChangesNothing(kind: StoreKind) async throws {
        let test = try StoreUnderTest(kind)
        try await test.accept(.mail, "in")
        let claim = try await test.claimOne(.mail)
        var release = Release()
        release.step = SequenceStep(
            body: ByteBuffer(repeating: 0, count: 16 << 20 + 1),
            contentType: "",
            progress: SequenceProgress(remaining: [.bill], used: 1, attempts: 2)
        )
        let verdicts = try await test.store.conclude([LeaseEnd(claim.lease, .release(release))])
        guard case .tooLarge = verdicts.first ?? nil else {
            Issue.record("\(verdicts)")
            return
        }
        try await test.store.release(claim.lease, Release())
        let again = try await test.claimOne(.mail)
        #expect(again.invocation.body == ByteBuffer(string: "in"))
        #expect(again.invocation.progress == nil)
    }
}
