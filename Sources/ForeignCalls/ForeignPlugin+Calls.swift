internal import ForeignSignatures
internal import Glibc

extension ForeignPlugin {
    /// What the last call has to say; the bytes stay until the next one.
    public var body: [UInt8] { output.bytes }

    /// Calls a function by its place in the manifest.
    public func call(_ index: Int, _ request: ForeignRequest) -> ForeignReply {
        guard functions.indices.contains(index) else {
            return refuse(
                ForeignReply.Failure(kind: "noFunction", words: "there is no such function")
            )
        }
        let function = functions[index]
        if callWithScalars(function, request) { return ForeignReply() }
        output.removeAll()
        state.begin(function)
        defer { arena.reset() }
        do throws(CallFault) {
            try prepare(function, request)
            let errno = function.interface.call(function.code)
            guard hasSucceeded(function) else { return fail(function, errno) }
            return try tell(function)
        } catch {
            abandon(function)
            return refuse(error)
        }
    }

    private func prepare(
        _ function: PreparedFunction,
        _ request: ForeignRequest
    ) throws(CallFault) {
        let body = request.body.bindMemory(to: UInt8.self)
        let isRaw = !body.isEmpty && !Self.isJSON(request.contentType)
        let raw = isRaw ? function.bodyArgument : nil
        let isQuery = raw != nil || body.isEmpty
        let bytes = isQuery ? try queried(request.query, function) : body
        // Taken out meanwhile, so that reading doesn't copy it.
        var tape = JSONTape()
        swap(&tape, &self.tape)
        defer { swap(&tape, &self.tape) }
        do throws(JSONTape.Mistake) { try tape.read(bytes.span) } catch {
            throw .expected(
                "JSON such as {\"args\": […]}",
                found: "something else: \(error.words), at byte \(error.offset)"
            )
        }
        let view = JSONView(tape: tape, bytes: bytes)
        try bind(function, view)
        if let raw { try takeBody(raw, function, body) }
        try encodeAll(function, view)
    }

    /// The JSON that says what a query says, in the call's memory.
    private func queried(
        _ text: UnsafeRawBufferPointer,
        _ function: PreparedFunction
    ) throws(CallFault) -> UnsafeBufferPointer<UInt8> {
        try query.read(text, for: function.signature)
        let json = query.json
        let memory = try arena.take(json.count).assumingMemoryBound(to: UInt8.self)
        json.withUnsafeBufferPointer { json in
            if let base = json.baseAddress { memory.update(from: base, count: json.count) }
        }
        return UnsafeBufferPointer(start: memory, count: json.count)
    }

    /// JSON's own media types, what `curl -d` says, and none.
    private static func isJSON(_ contentType: UnsafeRawBufferPointer) -> Bool {
        var type = contentType[...].prefix { $0 != UInt8(ascii: ";") }
        while type.last == 0x20 || type.last == 0x09 { type.removeLast() }
        func ends(with word: StaticString) -> Bool {
            let count = word.utf8CodeUnitCount
            guard type.count >= count else { return false }
            return word.withUTF8Buffer { word in
                zip(type.suffix(count), word).allSatisfy { $0 | 0x20 == $1 | 0x20 }
            }
        }
        func isWhole(_ word: StaticString) -> Bool {
            type.count == word.utf8CodeUnitCount && ends(with: word)
        }
        return type.isEmpty || isWhole("application/json") || ends(with: "+json")
            || isWhole("application/x-www-form-urlencoded")
    }

    /// Lets the raw body stand for an argument: as JSON that says the same.
    private func takeBody(
        _ index: Int,
        _ function: PreparedFunction,
        _ piece: UnsafeBufferPointer<UInt8>
    ) throws(CallFault) {
        let copy = try arena.take(piece.count + 1)
        if let base = piece.baseAddress { copy.copyMemory(from: base, byteCount: piece.count) }
        if function.signature.arguments[index].type == .text, piece.contains(0) {
            throw .expected("a body without NUL characters", found: "one")
        }
        state.rawBody = (index, ValueStore.Piece(start: copy, count: piece.count))
    }

    // MARK: - How it went

    private func hasSucceeded(_ function: PreparedFunction) -> Bool {
        let rule = function.signature.result
        let value: Int64
        switch rule.type {
        case .scalar(let scalar):
            value = Int64(bitPattern: ValueTeller.integer(scalar, function.interface.result))
        case .enumeration(let index):
            let scalar = file.enumeration(index)?.scalar ?? .int32
            value = Int64(bitPattern: ValueTeller.integer(scalar, function.interface.result))
        default:
            value =
                function.interface.result.load(as: UnsafeRawPointer?.self) == nil ? 0 : 1
        }
        switch rule.success {
        case .always: return true
        case .equals(let wanted): return value == wanted
        case .differs(let unwanted): return value != unwanted
        case .atLeast(let least): return value >= least
        case .oneOf(let wanted): return wanted.contains(value)
        case .nonNull: return value != 0
        }
    }

    /// Answers with what the library says of its failure.
    private func fail(_ function: PreparedFunction, _ errno: Int32) -> ForeignReply {
        let rule = function.signature.result
        var words = "it failed"
        switch rule.failure {
        case .plain: break
        case .errno: words = Self.words(ofError: errno)
        case .text(_, let argument):
            var value: UInt = 0
            if let argument {
                value = passed(argument, function)
            } else if !rule.type.isPointer {
                value = UInt(truncatingIfNeeded: Self.number(rule.type, function, file))
            }
            if let text = function.errorText?(value) {
                words = String(cString: UnsafeRawPointer(text).assumingMemoryBound(to: CChar.self))
            }
        }
        let name = "\(file.plugin).\(function.signature.name)"
        var sentence = "\(name): \(words)"
        if !rule.type.isPointer { sentence += " (\(Self.number(rule.type, function, file)))" }
        abandon(function)
        var reply = refuse(.init(kind: "libraryError", words: sentence), status: rule.status)
        reply.status = rule.status
        return reply
    }

    private static func number(
        _ type: ForeignType,
        _ function: PreparedFunction,
        _ file: SignatureFile
    ) -> Int64 {
        var scalar = Scalar.int32
        if case .scalar(let own) = type { scalar = own }
        if case .enumeration(let index) = type {
            scalar = file.enumeration(index)?.scalar ?? .int32
        }
        return Int64(bitPattern: ValueTeller.integer(scalar, function.interface.result))
    }

    static func words(ofError number: Int32) -> String {
        guard let text = strerror(number) else { return "error \(number)" }
        return String(cString: text)
    }

    /// What an argument is for a function that puts errors into words.
    private func passed(_ index: Int, _ function: PreparedFunction) -> UInt {
        let argument = function.signature.arguments[index]
        guard case .handle = argument.type else {
            return UInt(truncatingIfNeeded: integer(index, function) ?? 0)
        }
        let pointer =
            argument.direction == .out
            ? state.pointers[index]?.load(as: UnsafeMutableRawPointer?.self)
            : state.pointers[index]
        return UInt(bitPattern: pointer)
    }

    /// Gives back what a call that came to nothing has begun.
    func abandon(_ function: PreparedFunction) {
        for (index, argument) in function.signature.arguments.enumerated() where !state.isOver {
            guard case .handle(let type) = argument.type, let memory = state.pointers[index] else {
                continue
            }
            if argument.direction == .out {
                if let begun = memory.load(as: UnsafeMutableRawPointer?.self) {
                    _ = destructors[type]?(begun)
                }
            } else if argument.creates {
                memory.deallocate()
            }
            state.pointers[index] = nil
        }
    }

    // MARK: - Refusals

    private func refuse(_ fault: CallFault) -> ForeignReply {
        switch fault {
        case .argument(let problem):
            let place = problem.pointer.isEmpty ? "the body" : problem.pointer
            let failure = ForeignReply.Failure(
                kind: "badArgument",
                words: "\(place): expected \(problem.expected), found \(problem.found)"
            )
            return refuse(failure, status: 400, problem)
        case .tooMuchMemory:
            return refuse(
                .init(
                    kind: "tooMuchMemory",
                    words: "the arguments take more memory than there is for them"
                )
            )
        case .badResult(let words): return refuse(.init(kind: "badResult", words: words))
        }
    }

    private func refuse(
        _ failure: ForeignReply.Failure,
        status: Int = 500,
        _ problem: ArgumentProblem? = nil
    ) -> ForeignReply {
        output.removeAll()
        output.raw("{\"type\":\"urn:roost:problem:")
        output.raw(problem == nil ? "library-error" : "bad-argument")
        output.raw("\"")
        output.key("title")
        output.text(problem == nil ? "The call failed" : "An argument doesn't fit the signature")
        output.key("status")
        output.integer(Int64(status))
        output.key("detail")
        output.text(failure.words)
        output.key("reason")
        output.text(failure.kind)
        if let problem {
            output.key("pointer")
            output.text(problem.pointer)
            output.key("expected")
            output.text(problem.expected)
            output.key("found")
            output.text(problem.found)
        }
        output.raw("}")
        return ForeignReply(
            status: status,
            contentType: "application/problem+json",
            failure: failure
        )
    }
}
