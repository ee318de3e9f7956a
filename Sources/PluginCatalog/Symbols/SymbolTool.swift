internal import Platform

#if canImport(Glibc)
internal import Glibc
#endif

/// A program that tells file and line of an address.
struct SymbolTool: Sendable, Hashable {
    /// Where it is.
    let path: String
    private let isLLVM: Bool

    /// A program found by its path.
    init(path: String) {
        self.path = path
        isLLVM = path.split(separator: "/").last?.hasPrefix("llvm-symbolizer") ?? false
    }

    /// Finds one beside the Swift toolchain, or on the search path.
    ///
    /// - Parameter swiftRuntime: The directory of the Swift runtime's libraries.
    /// - Returns: The program; `nil` when there is none.
    static func find(swiftRuntime: String?) -> SymbolTool? {
        // From usr/lib/swift/linux to usr/bin: that one reads what its compiler writes.
        var places = swiftRuntime.map { ["\($0)/../../../bin"] } ?? []
        if let path = unsafe getenv("PATH") {
            places += unsafe String(cString: path).split(separator: ":").map(String.init)
        }
        for name in ["llvm-symbolizer", "addr2line"] {
            for place in places where place.hasPrefix("/") && access("\(place)/\(name)", X_OK) == 0
            {
                return SymbolTool(path: "\(place)/\(name)")
            }
        }
        return nil
    }

    /// Asks for addresses of an image; blocks.
    ///
    /// - Parameters:
    ///   - addresses: Where in the image's own address space.
    ///   - image: The image's path.
    ///   - timeout: How long it may take.
    /// - Returns: An answer for each; none when the program fails.
    /// - Throws: `SystemCallError` when it can't be started.
    func look(
        _ addresses: [UInt64],
        in image: String,
        timeout: Duration
    ) throws(SystemCallError) -> [SymbolPlace] {
        let words = addresses.map { "0x\(String($0, radix: 16))" }
        let options =
            isLLVM
            ? ["--output-style=GNU", "--functions=linkage", "--demangle", "--addresses"]
            : ["-f", "-C", "-i", "-a"]
        guard
            let output = try ToolRun.output(
                path,
                options + ["-e", image] + words,
                timeout: timeout
            )
        else { return [] }
        return Self.parse(String(decoding: output, as: UTF8.self))
    }

    /// Reads, for each address, the line with the address and then pairs of lines, those of inlined
    /// functions first: a function's name, then `file:line`.
    static func parse(_ output: String) -> [SymbolPlace] {
        var places: [SymbolPlace] = []
        var chain: [SymbolPlace]?
        var name: Substring?
        for line in output.split(separator: "\n") {
            if name == nil, line.hasPrefix("0x") {
                if let chain { places.append(SymbolPlace(chain)) }
                chain = []
            } else if let symbol = name {
                let symbol = symbol.hasPrefix("??") ? nil : Demangling.readable(String(symbol))
                chain?.append(SymbolPlace(symbol: symbol, location: location(line)))
                name = nil
            } else {
                name = line
            }
        }
        if let chain { places.append(SymbolPlace(chain)) }
        return places
    }

    /// Takes `file:line`, perhaps with a column or a remark, apart; `nil` for what is unknown.
    private static func location(_ text: Substring) -> String? {
        let plain = text.prefix { $0 != " " || text.hasPrefix(" ") }
        let parts = plain.split(separator: ":")
        guard let file = parts.first, parts.count >= 2, !file.hasPrefix("?") else { return nil }
        guard let line = Int(parts[1]), line > 0 else { return nil }
        return "\(file):\(line)"
    }
}

/// What an address stands for.
struct SymbolPlace: Sendable, Hashable {
    /// The function's name, readable.
    var symbol: String?
    /// `file:line`.
    var location: String?

    init(symbol: String? = nil, location: String? = nil) {
        self.symbol = symbol
        self.location = location
    }

    /// Takes the innermost place that somebody wrote out of a chain of inlined ones.
    ///
    /// What the compiler calls its checks (`Swift runtime failure: arithmetic overflow`) is added to
    /// the name.
    init(_ chain: [SymbolPlace]) {
        let check = chain.first?.symbol.flatMap { $0.hasPrefix("Swift runtime failure") ? $0 : nil }
        let written = check == nil ? chain[...] : chain.dropFirst()
        guard let place = written.first(where: { $0.location != nil }) ?? written.first else {
            self = chain.first ?? SymbolPlace()
            return
        }
        self = place
        if let check { symbol = place.symbol.map { "\($0) (\(check))" } ?? check }
    }
}
