import Testing

struct SizeTests {
    private static let longestFile = 300
    private static let longestFunction = 60

    @Test func filesHaveAtMost300Lines() {
        #expect(Repository.here.swift.count > 100, "the repository was not found")
        for file in Repository.here.swift where file.lines.count - 1 > Self.longestFile {
            Issue.record(
                "\(file.path) has \(file.lines.count - 1) lines: divide it by what it does"
            )
        }
    }

    @Test func functionsHaveAtMost60Lines() {
        for file in Repository.here.swift {
            for body in FunctionBody.all(in: file.lines) where body.length > Self.longestFunction {
                Issue.record(
                    "\(file.path):\(body.line) has \(body.length) lines: divide it into steps"
                )
            }
        }
    }

    @Test func measuresFunctions() {
        let text = """
            protocol P {
                func requirement()
            }
            struct S {
                func one() { 1 }
                public static func two(
                    a: Int
                ) -> Int {
                    if a > 0 {
                    }
                    return a
                }
                init() {
                    let text = 1
                }
            }
            """
        let bodies = FunctionBody.all(
            in: text.split(separator: "\n", omittingEmptySubsequences: false)
        )
        #expect(bodies.map(\.line) == [6, 13])
        #expect(bodies.map(\.length) == [7, 3])
    }
}

/// Where a function stands and how many lines it has, as the formatter's indentation shows.
struct FunctionBody: Equatable {
    var line: Int
    var length: Int

    static func all(in lines: [Substring]) -> [FunctionBody] {
        let head = /^( *)(?:[@a-z][\w().: ]* )?(?:func [^ ]|init[?<(]|deinit )/
        return lines.indices.compactMap { start in
            guard let match = lines[start].prefixMatch(of: head) else { return nil }
            let indent = match.1
            // A head without a body, or with all of it, ends where the next line isn't deeper.
            for end in lines.indices[(start + 1)...] where !lines[end].isEmpty {
                let line = lines[end]
                guard line.hasPrefix(indent) else { return nil }
                let rest = line.dropFirst(indent.count)
                if rest.first == " " { continue }
                if rest.hasPrefix("}") {
                    return FunctionBody(line: start + 1, length: end - start + 1)
                }
                if rest.hasPrefix(")") || rest.hasPrefix("{") || rest.hasPrefix("where") {
                    continue
                }
                return nil
            }
            return nil
        }
    }
}
