internal import ForeignSignatures

// From a request to the values of C, all of which are checked before anything is called.
extension ForeignPlugin {
    /// Finds the JSON of each argument.
    func bind(_ function: PreparedFunction, _ view: JSONView) throws(CallFault) {
        guard view.tape[0].kind == .object else {
            throw .expected("an object with the member \"args\"", found: view.shown(0))
        }
        var args: Int?
        for name in view.children(0) {
            guard view.means(name, "args"), args == nil else {
                throw CallFault.expected(
                    "the member \"args\" and no other",
                    found: view.shown(name + 1)
                )
                .below(view.tape.string(name, view.text).escapedForPointer)
            }
            args = name + 1
        }
        guard let args else {
            if function.leastCount == 0 { return }
            throw CallFault.expected(words(function), found: "nothing").below("args")
        }
        do throws(CallFault) {
            switch view.tape[args].kind {
            case .list: try bindList(function, view, args)
            case .object: try bindMembers(function, view, args)
            default: throw .expected(words(function), found: view.shown(args))
            }
        } catch { throw error.below("args") }
    }

    private func bindList(
        _ function: PreparedFunction,
        _ view: JSONView,
        _ args: Int
    ) throws(CallFault) {
        let count = Int(view.tape[args].count)
        let order: [Int]
        if count > function.asked.count, count == function.full.count {
            order = function.full
        } else if count >= function.leastCount, count <= function.asked.count {
            order = function.asked
        } else {
            throw .expected(words(function), found: view.shown(args))
        }
        var position = 0
        for node in view.children(args) {
            state.nodes[order[position]] = node
            position += 1
        }
    }

    private func bindMembers(
        _ function: PreparedFunction,
        _ view: JSONView,
        _ args: Int
    ) throws(CallFault) {
        state.isNamed = true
        for name in view.children(args) {
            guard
                let index = function.full.first(where: {
                    view.means(name, function.signature.arguments[$0].name)
                })
            else {
                let known = function.asked.map { function.signature.arguments[$0].name }
                throw CallFault.expected(
                    "no argument of this name (there are \(known.joined(separator: ", ")))",
                    found: view.shown(name + 1)
                ).below(view.tape.string(name, view.text).escapedForPointer)
            }
            guard state.nodes[index] < 0 else {
                let name = function.signature.arguments[index].name
                throw CallFault.expected("one value", found: "a second one")
                    .below(name.escapedForPointer)
            }
            state.nodes[index] = name + 1
        }
    }

    /// What a call takes, in words.
    private func words(_ function: PreparedFunction) -> String {
        let names = function.asked.map { function.signature.arguments[$0].name }
        let count =
            function.leastCount == names.count
            ? "\(names.count)" : "\(function.leastCount) to \(names.count)"
        return "a list of \(count) arguments (\(names.joined(separator: ", "))), or an object"
    }

    /// The last steps of a JSON pointer to an argument.
    func step(_ index: Int, _ function: PreparedFunction) -> String {
        let name = function.signature.arguments[index].name.escapedForPointer
        guard !state.isNamed, state.nodes[index] >= 0 else { return name }
        let isFull = function.full.contains { state.nodes[$0] >= 0 && !function.asked.contains($0) }
        let order = isFull ? function.full : function.asked
        return order.firstIndex(of: index).map { "\($0)" } ?? name
    }

    // MARK: - Values

    /// Puts every argument where the call takes it from.
    func encodeAll(_ function: PreparedFunction, _ view: JSONView) throws(CallFault) {
        let arguments = function.signature.arguments
        for index in arguments.indices where arguments[index].capacity == nil {
            try encodeOne(index, function, view)
        }
        for index in arguments.indices where arguments[index].capacity != nil {
            try encodeOne(index, function, view)
        }
        for index in arguments.indices {
            guard let measured = arguments[index].measures else { continue }
            if case .length = arguments[index].source {
                do throws(CallFault) {
                    try encodeLength(index, of: measured, function, view)
                } catch { throw error.below(step(index, function)).below("args") }
            }
        }
        for (index, argument) in arguments.enumerated() where !argument.settings.isEmpty {
            set(argument, at: state.pointers[index], function)
        }
    }

    private func encodeOne(
        _ index: Int,
        _ function: PreparedFunction,
        _ view: JSONView
    ) throws(CallFault) {
        let argument = function.signature.arguments[index]
        if case .length = argument.source { return }
        if let capacity = argument.capacity {
            // Who said how much is the one to be told.
            let giver = if case .argument(let other) = capacity { other } else { index }
            do throws(CallFault) {
                state.rooms[index] = try room(index, function)
            } catch { throw error.below(step(giver, function)).below("args") }
        }
        do throws(CallFault) {
            if let raw = state.rawBody, raw.argument == index {
                return try take(raw.piece, index, function, stride: 1)
            }
            if state.nodes[index] >= 0 {
                try encode(index, function, view, state.nodes[index])
            } else if let standIn = function.standIns[index] {
                try encode(index, function, standIn.view, 0)
            } else if argument.source == .caller {
                throw .expected("a value", found: "nothing")
            } else {
                try provide(index, function)
            }
        } catch { throw error.below(step(index, function)).below("args") }
    }

    /// How many elements there is to be room for.
    private func room(_ index: Int, _ function: PreparedFunction) throws(CallFault) -> Int {
        let argument = function.signature.arguments[index]
        let most = argument.maximumLength ?? SignatureFile.memoryLimit
        let wanted: Int
        switch argument.capacity {
        case .fixed(let count): wanted = count
        case .argument(let other):
            // A length that follows from another value isn't in its place yet.
            if case .length(let measured) = function.signature.arguments[other].source {
                wanted = state.lengths[measured]
            } else {
                wanted = integer(other, function).flatMap(Int.init) ?? -1
            }
        case .scaled(let other, let times, let plus):
            let (product, isTooMuch) = state.lengths[other].multipliedReportingOverflow(by: times)
            wanted = isTooMuch ? .max : product.addingReportingOverflow(plus).partialValue
        case nil: wanted = 0
        }
        let stride = file.layout(of: argument.type.element ?? .byte).size
        guard wanted >= 0, wanted <= min(most, SignatureFile.memoryLimit / max(1, stride)) else {
            throw .expected("room for 0 to \(most) elements", found: "\(wanted)")
        }
        return wanted
    }

    /// The whole number that an argument is.
    func integer(_ index: Int, _ function: PreparedFunction) -> Int64? {
        let argument = function.signature.arguments[index]
        let scalar: Scalar
        switch argument.type {
        case .scalar(let own): scalar = own
        case .enumeration(let place): scalar = file.enumeration(place)?.scalar ?? .int32
        default: return nil
        }
        guard
            let source = argument.direction == .in
                ? function.interface.slot(index) : state.pointers[index]
        else { return nil }
        let bits = ValueTeller.integer(scalar, source)
        return scalar.isSigned ? Int64(bitPattern: bits) : Int64(exactly: bits)
    }

    private func encodeLength(
        _ index: Int,
        of measured: Int,
        _ function: PreparedFunction,
        _ view: JSONView
    ) throws(CallFault) {
        let arguments = function.signature.arguments
        guard case .scalar(let scalar) = arguments[index].type else { return }
        let there =
            arguments[measured].capacity == nil ? state.lengths[measured] : state.rooms[measured]
        var value = UInt64(there)
        if state.nodes[index] >= 0 {
            value = try store.integer(state.nodes[index], view, scalar)
            guard value <= UInt64(there) else {
                throw .expected(
                    "at most \(there), the length of '\(arguments[measured].name)'",
                    found: view.shown(state.nodes[index])
                )
            }
        }
        guard value <= scalar.highest else {
            throw .expected("a length up to \(scalar.highest)", found: "\(value)")
        }
        let target = try place(index, function, size: scalar.size)
        ValueStore.put(value, scalar.size, target)
    }

    /// Where a value is to be put: into the call itself, or into memory that a pointer leads to.
    func place(
        _ index: Int,
        _ function: PreparedFunction,
        size: Int
    ) throws(CallFault) -> UnsafeMutableRawPointer {
        let slot = function.interface.slot(index)
        if function.signature.arguments[index].direction == .in, let slot { return slot }
        let memory = try arena.take(size)
        point(index, function, to: memory)
        return memory
    }

    /// Passes a pointer.
    func point(_ index: Int, _ function: PreparedFunction, to memory: UnsafeMutableRawPointer?) {
        state.pointers[index] = memory
        function.interface.slot(index)?
            .storeBytes(of: memory, as: UnsafeMutableRawPointer?.self)
    }

    private func set(
        _ argument: Argument,
        at memory: UnsafeMutableRawPointer?,
        _ function: PreparedFunction
    ) {
        guard let memory, let structure = structure(of: argument.type) else { return }
        for setting in argument.settings {
            let field = structure.fields[setting.field]
            switch setting.value {
            case .pointer(let index):
                memory.storeBytes(
                    of: state.pointers[index],
                    toByteOffset: field.offset,
                    as: UnsafeMutableRawPointer?.self
                )
            case .length(let index), .capacity(let index):
                let isCapacity = setting.value == .capacity(of: index)
                let count = isCapacity ? state.rooms[index] : state.lengths[index]
                let size = file.layout(of: field.type).size
                ValueStore.put(UInt64(count), size, memory + field.offset)
            }
        }
    }

    /// The struct that an argument's memory holds.
    func structure(of type: ForeignType) -> StructureType? {
        switch type {
        case .handle(let index): file.handle(index)?.structure.flatMap(file.structure)
        case .structure(let index), .pointer(.structure(let index)): file.structure(index)
        default: nil
        }
    }
}
