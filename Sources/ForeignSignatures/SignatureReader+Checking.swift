// What can only be judged once everything has been read.
extension SignatureReader {
    mutating func check() throws(SignatureProblem) {
        try layOutStructures()
        try checkHandles()
        for index in file.functions.indices { try linkLengths(index) }
        for (index, function) in file.functions.enumerated() {
            let place = "/functions/\(index)"
            for (number, argument) in function.arguments.enumerated() {
                do { try check(argument, of: function) } catch {
                    throw SignatureProblem(
                        "\(place)/arguments/\(number)",
                        "'\(argument.name.shown)' \(error.words)"
                    )
                }
            }
            do {
                try checkResult(of: function)
                try checkVariadic(function)
                try checkWhole(function)
            } catch { throw SignatureProblem(place, "'\(function.name.shown)' \(error.words)") }
        }
    }

    /// A part of a sentence whose beginning the caller knows.
    struct Fault: Error {
        var words: String

        init(_ words: String) { self.words = words }
    }

    // MARK: - Structs

    private mutating func layOutStructures() throws(SignatureProblem) {
        var done: Set<Int> = []
        for index in file.types.indices { try layOut(index, &done, within: []) }
    }

    private mutating func layOut(
        _ index: Int,
        _ done: inout Set<Int>,
        within: [Int]
    ) throws(SignatureProblem) {
        guard var structure = file.structure(index), !done.contains(index) else { return }
        let place = "/types/\(file.types[index].name)"
        guard !within.contains(index), within.count < 32 else {
            throw SignatureProblem(place, "a struct can't hold itself, or others 32 deep")
        }
        var end = 0
        var alignment = 1
        var parts = 0
        for (number, field) in structure.fields.enumerated() {
            if let inner = Self.structureIndex(field.type) {
                try layOut(inner, &done, within: within + [index])
            }
            let layout = file.layout(of: field.type)
            let offset = (end + layout.alignment - 1) / layout.alignment * layout.alignment
            structure.fields[number].offset = offset
            end = offset + layout.size
            alignment = max(alignment, layout.alignment)
            parts += self.parts(field.type)
            guard end <= SignatureFile.memoryLimit else {
                throw SignatureProblem(place, "is larger than \(SignatureFile.memoryLimit) bytes")
            }
        }
        structure.size = (end + alignment - 1) / alignment * alignment
        structure.alignment = alignment
        structure.parts = parts
        if let declared = structure.declaredSize, declared != structure.size {
            throw SignatureProblem(
                "\(place)/struct/size",
                "its fields take \(structure.size) bytes by C's rules, and not \(declared): a field "
                    + "is missing, or one has another type"
            )
        }
        file.types[index].shape = .structure(structure)
        done.insert(index)
    }

    private static func structureIndex(_ type: ForeignType) -> Int? {
        switch type {
        case .structure(let index), .inlineArray(.structure(let index), _): index
        default: nil
        }
    }

    private func parts(_ type: ForeignType) -> Int {
        switch type {
        case .structure(let index): file.structure(index)?.parts ?? 1
        case .inlineArray(let element, let count):
            parts(element).multipliedReportingOverflow(by: count).partialValue
        case .inlineText(let count), .inlineBytes(let count): count
        default: 1
        }
    }

    private mutating func checkHandles() throws(SignatureProblem) {
        for (index, type) in file.types.enumerated() {
            guard case .handle(var handle) = type.shape, let inner = handle.structure else {
                continue
            }
            let size = file.structure(inner)?.size ?? 0
            guard handle.size ?? size >= size else {
                throw SignatureProblem(
                    "/types/\(type.name)/handle/size",
                    "is smaller than its struct, which has \(size) bytes"
                )
            }
            handle.size = max(size, handle.size ?? 0)
            file.types[index].shape = .handle(handle)
        }
    }

    // MARK: - Lengths

    /// Lets callers say how much room there is where the file doesn't.
    private mutating func linkLengths(_ index: Int) throws(SignatureProblem) {
        var function = file.functions[index]
        for (number, argument) in function.arguments.enumerated() {
            guard let target = argument.measures else { continue }
            var buffer = function.arguments[target]
            let place = "/functions/\(index)/arguments/\(number)"
            guard buffer.type.element != nil, target != number else {
                throw SignatureProblem(place, "lengthOf has to name a text, bytes or a list")
            }
            if buffer.direction == .out, buffer.capacity == nil, argument.direction != .out {
                buffer.capacity = .argument(number)
                function.arguments[number].source = .caller
            }
            if argument.direction != .in, buffer.length == .all {
                buffer.length = .argument(number)
            }
            function.arguments[target] = buffer
        }
        file.functions[index] = function
    }

    // MARK: - Arguments

    private func check(_ argument: Argument, of function: Signature) throws(Fault) {
        try checkType(argument)
        if argument.measures != nil {
            guard case .scalar(let scalar) = argument.type, scalar.isInteger else {
                throw Fault("is a length, and has to be an integer")
            }
        }
        if argument.minimum != nil || argument.maximum != nil {
            guard case .scalar(let scalar) = argument.type, scalar != .bool else {
                throw Fault("has bounds, and is no number")
            }
        }
        if case .argument(let other)? = argument.capacity {
            guard case .scalar(let scalar) = function.arguments[other].type, scalar.isInteger,
                function.arguments[other].direction != .out
            else {
                throw Fault("takes its capacity from an argument that is no integer to pass in")
            }
        }
        if case .scaled(let other, _, _)? = argument.capacity {
            let buffer = function.arguments[other]
            guard buffer.type.element != nil, buffer.direction != .out else {
                throw Fault("takes its capacity from the length of what has none")
            }
        }
        if argument.capacity != nil, argument.type.element == nil {
            throw Fault("has a capacity, and is neither text nor bytes nor a list")
        }
        if argument.isBody,
            argument.direction != .in || argument.type != .bytes && argument.type != .text
        {
            throw Fault("can't be the body: only bytes and texts that go in can")
        }
        if !argument.isPassed, argument.type.element == nil {
            throw Fault("isn't passed, and is neither text nor bytes nor a list")
        }
        try checkLength(argument.length, function)
        try checkHandleUse(argument)
        try checkSettings(argument, function)
    }

    private func checkType(_ argument: Argument) throws(Fault) {
        let isOut = argument.direction != .in
        switch argument.type {
        case .void: throw Fault("is void: leave it out")
        case .inlineArray, .inlineText, .inlineBytes: throw Fault("can't be a fixed list")
        case .opaque, .callback:
            if isOut { throw Fault("can't come out") }
        case .structure(let index):
            let parts = file.structure(index)?.parts ?? 0
            guard isOut || parts <= SignatureFile.partLimit else {
                throw Fault("has \(parts) parts; by value \(SignatureFile.partLimit) are allowed")
            }
        case .bytes, .array:
            if argument.direction == .out, argument.capacity == nil {
                throw Fault(
                    "comes out, and nothing says how large it may be: give a 'capacity', or an "
                        + "argument with 'lengthOf'"
                )
            }
        case .text:
            if argument.direction == .both, argument.capacity == nil {
                throw Fault(
                    "goes in and out, and nothing says how large it may be: give a 'capacity'"
                )
            }
        default: break
        }
    }

    private func checkLength(_ length: Argument.Length, _ function: Signature) throws(Fault) {
        switch length {
        case .all: return
        case .result:
            guard case .scalar(let scalar) = function.result.type, scalar.isInteger else {
                throw Fault("takes its length from a result that is no integer")
            }
        case .argument(let other):
            guard case .scalar(let scalar) = function.arguments[other].type, scalar.isInteger else {
                throw Fault("takes its length from an argument that is no integer")
            }
        case .unused(let other, let field):
            let structure = structure(of: function.arguments[other].type)
            guard case .scalar(let scalar)? = structure?.fields[field].type, scalar.isInteger else {
                throw Fault("takes its length from a field that is no integer")
            }
        }
    }

    private func checkHandleUse(_ argument: Argument) throws(Fault) {
        guard case .handle(let index) = argument.type else {
            if argument.creates || argument.destroys {
                throw Fault("begins or ends a handle, and is none")
            }
            return
        }
        if argument.direction == .both { throw Fault("is a handle, which goes in or comes out") }
        if argument.destroys, argument.direction != .in {
            throw Fault("ends a handle, which has to go in")
        }
        if argument.creates, argument.direction == .in, file.handle(index)?.size == nil {
            throw Fault(
                "begins a handle in memory of the caller's: its type needs 'struct' or 'size'"
            )
        }
    }

    private func checkSettings(_ argument: Argument, _ function: Signature) throws(Fault) {
        guard let structure = structure(of: argument.type) else { return }
        for setting in argument.settings {
            let type = structure.fields[setting.field].type
            let target: Int
            switch setting.value {
            case .pointer(let index):
                target = index
                guard type == .opaque else {
                    throw Fault("sets a pointer in a field that isn't opaque")
                }
            case .length(let index), .capacity(let index):
                target = index
                guard case .scalar(let scalar) = type, scalar.isInteger else {
                    throw Fault("sets a length in a field that is no integer")
                }
            }
            guard function.arguments[target].type.element != nil else {
                throw Fault("sets a field from what is neither text nor bytes nor a list")
            }
        }
    }
}
