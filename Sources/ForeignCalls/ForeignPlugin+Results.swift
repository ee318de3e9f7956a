internal import ForeignSignatures
internal import Glibc

// From the values of C to the reply.
extension ForeignPlugin {
    /// Writes what the function gave back and what came out of its arguments.
    func tell(_ function: PreparedFunction) throws(CallFault) -> ForeignReply {
        if let fault = state.callbackFault { throw fault }
        defer { release(function) }
        if let type = function.signature.result.contentType { return try tellRaw(function, type) }
        output.raw("{\"result\":")
        try tellResult(function)
        if function.tellsMore { try tellArguments(function) }
        output.raw("}")
        endHandles(function)
        return ForeignReply()
    }

    private func tellResult(_ function: PreparedFunction) throws(CallFault) {
        let rule = function.signature.result
        let result = UnsafeRawPointer(function.interface.result)
        switch rule.type {
        case .bytes, .array:
            guard let start = result.load(as: UnsafeRawPointer?.self) else {
                return output.raw("null")
            }
            let count = try length(rule.length, function, room: nil)
            if case .array(let element) = rule.type {
                try teller.elements(element, start, count, &output)
            } else {
                ValueTeller.bytes(start, count, isText: rule.isText, &output)
            }
        case .handle(let type):
            let pointer = result.load(as: UnsafeMutableRawPointer?.self)
            try tellHandle(pointer, type, isOwned: false)
        default: try teller.tell(rule.type, at: result, to: &output)
        }
    }

    private func tellHandle(
        _ pointer: UnsafeMutableRawPointer?,
        _ type: Int,
        isOwned: Bool
    ) throws(CallFault) {
        guard let pointer else { return output.raw("null") }
        // What the library gives twice is one thing.
        let known = handles.entries.first { $0.value.pointer == pointer && $0.value.type == type }
        let number: UInt64
        if let known {
            number = known.key
        } else {
            number = try handles.add(.init(type: type, pointer: pointer, isOwned: isOwned))
        }
        handles.write(number, type: type, to: &output)
    }

    private func tellArguments(_ function: PreparedFunction) throws(CallFault) {
        output.key("out")
        output.raw("{")
        for (index, argument) in function.signature.arguments.enumerated() {
            if state.isCollecting[index] {
                output.key(argument.name)
                output.raw("[")
                output.raw(state.collected[index].bytes)
                output.raw("]")
            } else if argument.creates, argument.direction == .in,
                case .handle(let type) = argument.type
            {
                output.key(argument.name)
                try tellHandle(state.pointers[index], type, isOwned: true)
                state.pointers[index] = nil
            } else if argument.isTold {
                output.key(argument.name)
                try tellArgument(index, argument, function)
            }
            if !argument.readings.isEmpty { try tellReadings(index, argument, function) }
        }
        output.raw("}")
    }

    private func tellArgument(
        _ index: Int,
        _ argument: Argument,
        _ function: PreparedFunction
    ) throws(CallFault) {
        guard let memory = state.pointers[index] else { return output.raw("null") }
        switch argument.type {
        case .handle(let type):
            let pointer = memory.load(as: UnsafeMutableRawPointer?.self)
            state.pointers[index] = nil
            try tellHandle(pointer, type, isOwned: false)
        case .text where argument.capacity != nil:
            var count = state.rooms[index]
            if argument.length != .all {
                count = try length(argument.length, function, room: count)
            }
            let bytes = UnsafeBufferPointer(
                start: memory.assumingMemoryBound(to: UInt8.self),
                count: count
            )
            ValueTeller.characters(bytes[..<(bytes.firstIndex(of: 0) ?? count)], &output)
        case .bytes:
            let count = try length(argument.length, function, room: state.rooms[index])
            ValueTeller.bytes(memory, count, isText: argument.isText, &output)
        case .array(let element):
            let count = try length(argument.length, function, room: state.rooms[index])
            try teller.elements(element, memory, count, &output)
        case .pointer(let pointee): try teller.tell(pointee, at: memory, to: &output)
        default: try teller.tell(argument.type, at: memory, to: &output)
        }
    }

    private func tellReadings(
        _ index: Int,
        _ argument: Argument,
        _ function: PreparedFunction
    ) throws(CallFault) {
        guard let structure = structure(of: argument.type),
            let memory = function.interface.slot(index)?.load(as: UnsafeMutableRawPointer?.self)
        else { return }
        for place in argument.readings {
            let field = structure.fields[place]
            output.key(field.name)
            try teller.tell(field.type, at: memory + field.offset, to: &output)
        }
    }

    /// How much of a buffer counts.
    private func length(
        _ length: Argument.Length,
        _ function: PreparedFunction,
        room: Int?
    ) throws(CallFault) -> Int {
        var count: Int64?
        switch length {
        case .all: count = Int64(room ?? 0)
        case .result:
            guard case .scalar(let scalar) = function.signature.result.type else { return 0 }
            count = Int64(bitPattern: ValueTeller.integer(scalar, function.interface.result))
        case .argument(let index): count = integer(index, function)
        case .unused(let index, let place):
            guard
                let field = structure(of: function.signature.arguments[index].type)?.fields[place],
                case .scalar(let scalar) = field.type,
                let memory = function.interface.slot(index)?.load(as: UnsafeRawPointer?.self)
            else { return 0 }
            let left = ValueTeller.integer(scalar, memory + field.offset)
            count = Int64(room ?? 0) - Int64(clamping: left)
        }
        guard let count, count >= 0, count <= Int64(room ?? SignatureFile.memoryLimit) else {
            throw .badResult(
                "it says that it wrote \(count.map { "\($0)" } ?? "too many") elements, and there is "
                    + "room for \(room ?? SignatureFile.memoryLimit)"
            )
        }
        return Int(count)
    }

    /// Answers with the bytes themselves.
    private func tellRaw(
        _ function: PreparedFunction,
        _ type: String
    ) throws(CallFault) -> ForeignReply {
        let rule = function.signature.result
        if rule.type == .bytes {
            let start = function.interface.result.load(as: UnsafeRawPointer?.self)
            let count = try length(rule.length, function, room: nil)
            output.raw(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
        }
        for (index, argument) in function.signature.arguments.enumerated()
        where argument.isTold && rule.type != .bytes {
            guard let memory = state.pointers[index] else { continue }
            let room = state.rooms[index]
            var count = try length(argument.length, function, room: room)
            if argument.type == .text {
                let characters = UnsafeRawBufferPointer(start: memory, count: room)
                count = characters.firstIndex(of: 0) ?? room
            }
            output.raw(UnsafeRawBufferPointer(start: memory, count: count))
        }
        endHandles(function)
        return ForeignReply(contentType: type)
    }

    // MARK: - What the library gave

    /// Gives back what is this side's to free: once, whether it could be told or not.
    private func release(_ function: PreparedFunction) {
        state.isOver = true
        if let free = function.freeResult {
            let pointer = function.interface.result.load(as: UnsafeMutableRawPointer?.self)
            if pointer != nil { _ = free(pointer) }
        }
        for (index, free) in function.freeArguments.enumerated() {
            guard let free, let memory = state.pointers[index] else { continue }
            let pointer = memory.load(as: UnsafeMutableRawPointer?.self)
            if pointer != nil { _ = free(pointer) }
        }
    }

    /// Forgets the handles that the function has ended.
    private func endHandles(_ function: PreparedFunction) {
        for (index, argument) in function.signature.arguments.enumerated()
        where argument.destroys && state.held[index] != 0 {
            let entry = handles.entries[state.held[index]]
            handles.remove(state.held[index])
            if let entry, entry.isOwned { entry.pointer.deallocate() }
        }
    }
}
