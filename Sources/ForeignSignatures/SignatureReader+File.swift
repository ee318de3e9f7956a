extension SignatureFile {
    /// Reads a signature file.
    ///
    /// - Parameters:
    ///   - json: The document.
    ///   - name: The plugin's name where the file doesn't say it.
    /// - Throws: `SignatureProblem` with the place of the first mistake.
    public init(json: [UInt8], name: String) throws(SignatureProblem) {
        var reader = try SignatureReader(json, defaultName: name)
        try reader.readFile()
        self = reader.file
    }
}

extension SignatureReader {
    private static let members = [
        "$schema", "plugin", "version", "summary", "library", "permissions", "constants", "types",
        "functions",
    ]

    mutating func readFile() throws(SignatureProblem) {
        let members = try members(root, Self.members)
        if let plugin = members["plugin"] {
            file.plugin = try name(plugin)
            file.isNamed = true
        }
        file.version = try members["version"].map { place throws(SignatureProblem) in
            try text(place, most: 128)
        }
        file.summary = try members["summary"].map { place throws(SignatureProblem) in
            try text(place, most: 1_024)
        }
        if let schema = members["$schema"] { _ = try text(schema) }
        file.permissions = try members["permissions"].map { place throws(SignatureProblem) in
            try json(place, [.object], "an object")
        }
        try readLibrary(try required(members, "library", in: root))
        if let constants = members["constants"] { try readConstants(constants) }
        if let types = members["types"] { try readTypes(types) }
        let functions = try elements(
            try required(members, "functions", in: root),
            most: SignatureFile.functionLimit
        )
        for place in functions { try readFunction(place) }
        guard !file.served.isEmpty else {
            throw SignatureProblem("/functions", "declares no function")
        }
        try check()
    }

    private mutating func readLibrary(_ place: Place) throws(SignatureProblem) {
        if kind(place) == .text {
            let name = try libraryName(place)
            file.library = .system(name)
            return
        }
        let members = try members(place, ["file", "system"])
        guard members.count == 1 else {
            throw SignatureProblem(
                place.pointer,
                "has to be the name of a system library, or {\"file\": \"libname.so\"} for one that "
                    + "stands beside this file"
            )
        }
        if let name = members["file"] {
            file.library = .file(try libraryName(name))
        } else if let name = members["system"] {
            file.library = .system(try libraryName(name))
        }
    }

    private func libraryName(_ place: Place) throws(SignatureProblem) -> String {
        let name = try text(place)
        guard !name.contains("/"), !name.hasPrefix("."), name.contains(".so"),
            name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            throw SignatureProblem(
                place.pointer,
                "'\(name.shown)' has to be a plain name such as libm.so.6, without a path"
            )
        }
        return name
    }

    private mutating func readConstants(_ place: Place) throws(SignatureProblem) {
        for (name, value) in try list(members: place) {
            guard name.isIdentifier else {
                throw SignatureProblem(value.pointer, "a constant's name has to be one of C's")
            }
            guard kind(value) == .number || kind(value) == .text else {
                throw SignatureProblem(value.pointer, "has to be a number")
            }
            let node = tape[value.node]
            let digits = Array(bytes[Int(node.start)..<Int(node.end)])
            if kind(value) == .text, JSONNumber.integer(digits.span, digits.indices) == nil {
                throw SignatureProblem(value.pointer, "has to be a whole number where it is a text")
            }
            file.constants[name] = SignatureFile.Constant(json: digits)
        }
    }

    // MARK: - Functions

    private static let functionMembers = [
        "name", "symbol", "summary", "arguments", "variadicFrom", "result", "hidden",
    ]
    /// What the host understands of a function, and this room only hands on.
    private static let handedOn: [(String, [JSONTape.Kind], String)] = [
        ("limits", [.object], "an object"), ("triggers", [.list], "a list"),
        ("isolation", [.text], "a text"), ("onCrash", [.text], "a text"),
        ("idempotent", [.yes, .no], "true or false"), ("public", [.yes, .no], "true or false"),
        ("delivery", [.object], "an object"),
    ]

    private mutating func readFunction(_ place: Place) throws(SignatureProblem) {
        let members = try members(place, Self.functionMembers + Self.handedOn.map(\.0))
        let name = try text(try required(members, "name", in: place))
        guard !file.functions.contains(where: { $0.name == name }) else {
            throw SignatureProblem(place.below("name"), "there are two functions '\(name.shown)'")
        }
        var symbol = name
        if let given = members["symbol"] {
            symbol = try self.symbol(given)
        } else if !name.isIdentifier {
            throw SignatureProblem(
                place.pointer,
                "'\(name.shown)' is no name of C's: give a 'symbol'"
            )
        }
        var function = Signature(name: name, symbol: symbol)
        function.summary = try members["summary"].map { place throws(SignatureProblem) in
            try text(place, most: 1_024)
        }
        function.isHidden = try flag(members["hidden"])
        // Hidden ones have no address.
        if !function.isHidden { _ = try self.name(try required(members, "name", in: place)) }
        for (member, kinds, words) in Self.handedOn {
            guard let value = members[member] else { continue }
            function.manifestMembers.append((member, try json(value, kinds, words)))
        }
        if let policy = members["onCrash"], !["restart", "backoff"].contains(try text(policy)) {
            throw SignatureProblem(policy.pointer, "has to be restart or backoff")
        }
        if let isolation = members["isolation"], try text(isolation) != "process" {
            throw SignatureProblem(
                isolation.pointer,
                "C libraries run only in a cell of their own: has to be \"process\", or left out"
            )
        }
        if let arguments = members["arguments"] { try readArguments(arguments, &function) }
        if let result = members["result"] { function.result = try readResult(result, function) }
        if let variadic = members["variadicFrom"] {
            function.fixedCount = try count(variadic, 1...Int64(SignatureFile.argumentLimit))
        }
        file.functions.append(function)
    }
}
