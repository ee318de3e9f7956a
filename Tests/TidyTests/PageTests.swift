import Testing

struct PageTests {
    @Test func linksLeadToFiles() {
        #expect(!Repository.here.pages.isEmpty)
        for page in Repository.here.pages {
            for target in Self.links(in: page.text) {
                let path = Self.resolve(target, from: page.path)
                #expect(Repository.here.exists(path), "\(page.path) links to \(target)")
            }
        }
    }

    @Test func verbsOnPagesAreInTheMakefile() throws {
        let makefile = try Repository.here.text("Makefile")
        let verbs = Set(makefile.matches(of: /(?m)^([a-z]+):/).map { String($0.1) })
        for page in Repository.here.pages where !page.path.contains("/Examples/") {
            for match in page.text.matches(of: /(?m)(?:`|^    |\$ )make ([a-z]+)/) {
                #expect(
                    verbs.contains(String(match.1)),
                    "\(page.path): there is no `make \(match.1)`"
                )
            }
        }
    }

    @Test(arguments: [
        ("a.md", "b.md", "b.md"), ("Sources/README.md", "../sdk", "sdk"),
        ("x/y/z.md", "./w", "x/y/w"),
        ("x/y.md", "../../a", "a"),
    ])
    func resolvesLinks(page: String, link: String, path: String) {
        #expect(Self.resolve(link, from: page) == path)
    }

    @Test func findsLinks() {
        let text =
            "[a](b.md#c) `[x](y)` [w](https://example.org) ![i](i.png) [e](#here)\n```\n[z](q)\n```\n"
        #expect(Self.links(in: text) == ["b.md", "i.png"])
    }

    /// Targets of links to files of this repository; what stands in code is no link.
    private static func links(in text: String) -> [String] {
        var isCode = false
        var links: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") { isCode.toggle() }
            guard !isCode else { continue }
            let prose = line.replacing(/`[^`\]]*\[[^`]*`/, with: "")
            for match in prose.matches(of: /\]\(([^)\s]+)\)/) {
                let target = match.1.split(separator: "#", omittingEmptySubsequences: false)[0]
                if !target.isEmpty, !target.contains("://"), !target.hasPrefix("mailto:") {
                    links.append(String(target))
                }
            }
        }
        return links
    }

    private static func resolve(_ link: String, from page: String) -> String {
        var parts = page.split(separator: "/").dropLast().map(String.init)
        for part in link.split(separator: "/") {
            switch part {
            case ".": continue
            case "..": _ = parts.popLast()
            default: parts.append(String(part))
            }
        }
        return parts.joined(separator: "/")
    }
}
