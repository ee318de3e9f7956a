import CAllocationCount
import ForeignCalls
import Glibc

/// A call of one kind, of a library of the system's.
struct Sample {
    let name: String
    let plugin: ForeignPlugin
    let body: [UInt8]
    var contentType: [UInt8] = []
    var query: [UInt8] = []

    /// Prepares a call of the only function that signatures serve.
    init(_ name: String, _ library: String, _ signatures: String, _ body: String) throws {
        self.name = name
        self.body = Array(body.utf8)
        guard let handle = dlopen(library, RTLD_NOW) else {
            throw ForeignRefusal(kind: "missing", words: "there is no \(library) here")
        }
        let text = "{\"library\":\"\(library)\",\(signatures)}"
        plugin = try ForeignPlugin(signatures: Array(text.utf8), name: "bench") { name in
            dlsym(handle, name).map(ForeignPlugin.Symbol.function) ?? .missing
        }
    }

    /// Calls once; what came back stays in the plugin.
    func call(_ function: Int = 0) -> ForeignReply {
        body.withUnsafeBytes { body in
            contentType.withUnsafeBytes { type in
                query.withUnsafeBytes { query in
                    let request = ForeignRequest(body: body, contentType: type, query: query)
                    return plugin.call(function, request)
                }
            }
        }
    }

    /// How often a call asks for memory once it has been made before.
    ///
    /// - Throws: `ForeignRefusal` where the call doesn't go well.
    func allocations() throws -> Double {
        for _ in 0..<10 where call().status != 200 {
            throw ForeignRefusal(
                kind: "failed",
                words: "\(name): \(String(decoding: plugin.body, as: UTF8.self))"
            )
        }
        let rounds = 1_000
        let before = allocation_count()
        for _ in 0..<rounds { _ = call() }
        return Double(allocation_count() - before) / Double(rounds)
    }
}
