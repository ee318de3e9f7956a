import FunctionSDK

/// What was found in a text.
struct Counts: Codable, Sendable {
    struct Word: Codable, Sendable, Equatable {
        var word: String
        var count: Int
    }
    var bytes: Int
    var lines: Int
    var words: Int
    var top: [Word]
}

let wordCount = Plugin("wordcount", summary: "Counts the words of texts of any length.") {
    Function(
        "count",
        .http(.post, "/wordcount"),
        summary: "Counts lines, words and bytes, and names the most frequent words.",
        limits: Limits(timeout: .seconds(600), cpu: .seconds(300)),
        idempotent: true
    ) { (text: RequestStream, context) in
        try count(text) { _ in }
    }
    Function(
        "progress",
        .http(.post, "/wordcount/progress"),
        summary: "The same, with a line of JSON after every 16 MiB.",
        limits: Limits(timeout: .seconds(600), cpu: .seconds(300)),
        streaming: .response
    ) { (text: RequestStream, context) in
        let stream = context.stream
        try stream.start(contentType: "application/x-ndjson")
        var reported = 0
        let counts = try count(text) { counter in
            guard counter.bytes - reported >= 16 << 20 else { return }
            reported = counter.bytes
            try stream.write(line(counter.counts(top: 0)))
        }
        try stream.write(line(counts))
    }
}

/// Counts a text piece by piece, in memory of a fixed size.
private func count(
    _ text: RequestStream,
    afterEachPiece report: (WordCounter) throws -> Void
) throws -> Counts {
    var counter = WordCounter()
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    defer { piece.deallocate() }
    while case let count = try text.read(into: piece), count > 0 {
        counter.add(UnsafeRawBufferPointer(rebasing: piece[..<count]))
        try report(counter)
    }
    counter.finish()
    return counter.counts(top: 10)
}

private func line(_ counts: Counts) throws -> [UInt8] {
    try Response(json: counts).body + [UInt8(ascii: "\n")]
}

/// Exports the plugin.
@c(roost_plugin_wordcount) public func entry(_ host: HostAPI) -> PluginPointer? {
    wordCount.export(to: host)
}
