extension SignatureFile {
    /// The manifest of the plugin that the file stands for, as JSON.
    ///
    /// Whoever holds something of the library's has to come back to the worker that made it, so such
    /// a plugin has one worker.
    ///
    /// - Throws: `SignatureProblem` where the file asks for more workers all the same.
    public func manifest() throws(SignatureProblem) -> [UInt8] {
        var output = JSONOutput()
        output.raw("{")
        output.key("plugin")
        output.text(plugin)
        if let version {
            output.key("version")
            output.text(version)
        }
        if let summary {
            output.key("summary")
            output.text(summary)
        }
        if let permissions {
            output.key("permissions")
            output.raw(permissions)
        }
        output.key("foreign")
        output.raw("true")
        output.key("functions")
        output.raw("[")
        for (index, function) in served.enumerated() {
            if index > 0 { output.raw(",") }
            try write(function, to: &output)
        }
        output.raw("]}")
        return output.bytes
    }

    private func write(
        _ function: Signature,
        to output: inout JSONOutput
    ) throws(SignatureProblem) {
        output.raw("{")
        output.key("name")
        output.text(function.name)
        output.key("summary")
        output.text(function.summary ?? String(words(of: function).prefix(512)))
        output.key("isolation")
        output.raw("\"process\"")
        var hasLimits = false
        for member in function.manifestMembers where member.name != "isolation" {
            output.key(member.name)
            if member.name == "limits", keepsHandles {
                output.raw(try oneWorker(member.json, function))
                hasLimits = true
            } else {
                output.raw(member.json)
            }
        }
        if keepsHandles, !hasLimits {
            output.key("limits")
            output.raw("{\"concurrency\":1}")
        }
        output.raw("}")
    }

    private func oneWorker(
        _ limits: [UInt8],
        _ function: Signature
    ) throws(SignatureProblem) -> [UInt8] {
        let text = String(decoding: limits, as: UTF8.self)
        guard text.hasPrefix("{") else { return limits }
        guard !text.contains("\"concurrency\"") else {
            throw SignatureProblem(
                "/functions",
                "'\(function.name.shown)' sets a concurrency, and a library with handles has one worker"
            )
        }
        let rest = text.dropFirst()
        let isEmpty = rest.allSatisfy { $0 == "}" || $0.isWhitespace }
        return Array(("{\"concurrency\":1" + (isEmpty ? "" : ",") + rest).utf8)
    }
}

extension SignatureFile {
    /// A function as C declares it: `double pow(double x, double y)`.
    public func words(of function: Signature) -> String {
        var list = function.arguments.filter(\.isPassed).map { argument in
            let type = words(of: argument.type, isIndirect: argument.isIndirect)
            return type.hasSuffix("*") ? type + argument.name : "\(type) \(argument.name)"
        }
        if let fixed = function.fixedCount, fixed <= list.count { list.insert("...", at: fixed) }
        let result = words(of: function.result.type, isIndirect: false)
        let head = result.hasSuffix("*") ? result + function.symbol : "\(result) \(function.symbol)"
        return "\(head)(\(list.isEmpty ? "void" : list.joined(separator: ", ")))"
    }

    private func words(of type: ForeignType, isIndirect: Bool) -> String {
        let plain: String
        switch type {
        case .void: plain = "void"
        case .scalar(let scalar): plain = scalar.cName
        case .enumeration(let index): plain = "enum \(types[index].name)"
        case .structure(let index): plain = "struct \(types[index].name)"
        case .text: plain = "char *"
        case .bytes, .opaque: plain = "void *"
        case .array(let element), .pointer(let element):
            let inner = words(of: element, isIndirect: false)
            plain = inner.hasSuffix("*") ? inner + "*" : inner + " *"
        case .inlineArray(let element, let count):
            plain = "\(words(of: element, isIndirect: false))[\(count)]"
        case .inlineText(let count), .inlineBytes(let count): plain = "char[\(count)]"
        case .handle(let index), .callback(let index): plain = "\(types[index].name) *"
        }
        guard isIndirect else { return plain }
        return plain.hasSuffix("*") ? plain + "*" : plain + " *"
    }
}
