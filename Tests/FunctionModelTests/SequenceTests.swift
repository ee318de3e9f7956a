import FunctionModel
import Testing

@Suite struct SequenceTests {
    private func refusal(_ steps: [String], streams: Bool = false) -> String? {
        var whole = FunctionManifest(name: "whole")
        whole.sequence = steps
        if streams { whole.streaming = Streaming(request: true) }
        let manifest = Manifest(plugin: "shop", functions: [FunctionManifest(name: "buy"), whole])
        do throws(PluginRefusal) {
            _ = try manifest.validated()
            return nil
        } catch { return error.message }
    }

    @Test func aSequenceNamesFunctionsOfItsPluginOrFullNames() throws {
        #expect(refusal(["buy", "shop.buy", "mail.send"]) == nil)
        var whole = FunctionManifest(name: "whole")
        whole.sequence = ["buy", "mail.send"]
        #expect(whole.steps(in: "shop").map(\.description) == ["shop.buy", "mail.send"])
    }

    @Test(
        arguments: [
            ([], "0 functions"), (["sell"], "doesn't have"), (["shop.sell"], "doesn't have"),
            (["whole"], "itself"), (["shop.whole"], "itself"), (["a.b.c"], "whole"),
            (["BUY"], "whole"), (Array(repeating: "buy", count: 17), "17 functions"),
        ] as [([String], String)]
    )
    func refusesWhatCannotRun(steps: [String], words: String) {
        #expect(refusal(steps)?.contains(words) == true, "\(String(describing: refusal(steps)))")
    }

    @Test func aSequenceDoesNotStream() {
        #expect(refusal(["buy"], streams: true)?.contains("stream") == true)
    }
}
