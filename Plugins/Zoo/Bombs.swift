import CZooFaults
import FoundationEssentials
import FunctionSDK

/// The ways in which a function takes more memory than it may have, each for as long as it gets any.
let bombs: [Function] = [
    bomb("bomb-objects") {
        var last: Link?
        while true { last = Link(next: last) }
    },
    bomb("bomb-huge") { use([UInt8](repeating: 1, count: 8 << 30)) },
    bomb("bomb-array") {
        var numbers: [Int] = []
        while true { numbers.append(numbers.count) }
    },
    bomb("bomb-dictionary") {
        var words: [Int: String] = [:]
        while true { words[words.count] = "a word of more than fifteen bytes, \(words.count)" }
    },
    bomb("bomb-string") {
        var text = "text"
        while true { text += text }
    },
    bomb("bomb-data") {
        var data = Data([1, 2, 3])
        while true { data.append(contentsOf: [UInt8](repeating: 7, count: 100_000)) }
    },
    bomb("bomb-fragments") { zoo_fragments() },
    bomb("bomb-malloc") { zoo_bomb(4_096) },
    plain("bomb-map") { ask, _ in zoo_map(ask.bytes ?? 1 << 20) },
    plain("leak") { ask, _ in
        zoo_leak(ask.bytes ?? 1_024)
        return "leaked"
    },
]

private final class Link {
    let next: Link?
    init(next: Link?) { self.next = next }
}

@inline(never)
private func use(_ bytes: [UInt8]) { _ = zoo_opaque(bytes.count) }

private func bomb(_ name: String, _ body: @escaping @Sendable () -> Void) -> Function {
    plain(name) { _, _ in
        body()
        return "still here"
    }
}
