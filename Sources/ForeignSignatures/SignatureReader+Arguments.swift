// Arguments and results.
extension SignatureReader {
    private static let argumentMembers = [
        "name", "type", "direction", "summary", "nullable", "default", "constant", "minimum",
        "maximum", "minimumLength", "maximumLength", "lengthOf", "capacity", "length", "encoding",
        "body", "passed", "set", "get", "creates", "destroys", "choices", "free",
    ]

    mutating func readArguments(
        _ place: Place,
        _ function: inout Signature
    ) throws(SignatureProblem) {
        let places = try elements(place, most: SignatureFile.argumentLimit)
        // Names first, since arguments refer to each other.
        for (index, place) in places.enumerated() {
            var name = "argument\(index + 1)"
            var type = place
            if kind(place) == .object {
                let members = try members(place, Self.argumentMembers)
                type = try required(members, "type", in: place)
                if let given = members["name"] { name = try text(given) }
            }
            guard function.index(of: name) == nil else {
                throw SignatureProblem(place.pointer, "there are two arguments '\(name.shown)'")
            }
            function.arguments.append(Argument(name: name, type: try self.type(type)))
        }
        for (index, place) in places.enumerated() where kind(place) == .object {
            let members = try members(place, Self.argumentMembers)
            var argument = function.arguments[index]
            try readSource(members, &argument, function)
            try readBounds(members, &argument)
            try readBuffer(members, &argument, function)
            try readMemory(members, &argument, function)
            function.arguments[index] = argument
        }
    }

    private func readSource(
        _ members: Members,
        _ argument: inout Argument,
        _ function: Signature
    ) throws(SignatureProblem) {
        if let direction = members["direction"] {
            let word = try text(direction)
            guard let found = Direction(rawValue: word) else {
                throw SignatureProblem(direction.pointer, "has to be in, out or inout")
            }
            argument.direction = found
        }
        argument.summary = try members["summary"].map { place throws(SignatureProblem) in
            try text(place, most: 1_024)
        }
        argument.isNullable = try flag(members["nullable"])
        if argument.direction == .out { argument.source = .none }
        if let constant = members["constant"] { argument.source = .constant(json(constant)) }
        if let other = members["lengthOf"] {
            let index = try self.argument(other, function)
            argument.measures = index
            if argument.direction != .out { argument.source = .length(of: index) }
        }
        argument.fallback = members["default"].map(json)
        if let passed = members["passed"] { argument.isPassed = try flag(passed) }
        argument.isBody = try flag(members["body"])
    }

    private func readBounds(
        _ members: Members,
        _ argument: inout Argument
    ) throws(SignatureProblem) {
        argument.minimum = try members["minimum"].map { place throws(SignatureProblem) in
            try number(place)
        }
        argument.maximum = try members["maximum"].map { place throws(SignatureProblem) in
            try number(place)
        }
        if let least = members["minimumLength"] { argument.minimumLength = try count(least) }
        argument.maximumLength = try members["maximumLength"].map {
            place throws(SignatureProblem) in
            try count(place)
        }
        if let choices = members["choices"] {
            for place in try elements(choices, most: 64) {
                argument.choices.append(try text(place))
            }
        }
    }

    private func readBuffer(
        _ members: Members,
        _ argument: inout Argument,
        _ function: Signature
    ) throws(SignatureProblem) {
        if let encoding = members["encoding"] { argument.isText = try isText(encoding) }
        if let capacity = members["capacity"] {
            argument.capacity = try self.capacity(capacity, function)
        }
        if let length = members["length"] {
            argument.length = try self.length(length, function)
        }
        if let free = members["free"] { argument.free = try symbol(free) }
    }

    private func readMemory(
        _ members: Members,
        _ argument: inout Argument,
        _ function: Signature
    ) throws(SignatureProblem) {
        argument.creates = try flag(members["creates"])
        argument.destroys = try flag(members["destroys"])
        if argument.creates, argument.direction == .in { argument.source = .none }
        let structure = structure(of: argument.type)
        if let settings = members["set"] {
            for (name, value) in try list(members: settings) {
                guard let field = structure?.index(of: name) else {
                    throw SignatureProblem(value.pointer, "there is no such field")
                }
                argument.settings.append(
                    .init(field: field, value: try setting(value, function))
                )
            }
        }
        if let readings = members["get"] {
            for place in try elements(readings, most: 256) {
                let name = try text(place)
                guard let field = structure?.index(of: name) else {
                    throw SignatureProblem(place.pointer, "there is no field '\(name.shown)'")
                }
                argument.readings.append(field)
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

    private func setting(
        _ place: Place,
        _ function: Signature
    ) throws(SignatureProblem) -> Argument.FieldSetting.Value {
        let members = try members(place, ["pointerTo", "lengthOf", "capacityOf"])
        guard let (kind, value) = members.first, members.count == 1 else {
            throw SignatureProblem(
                place.pointer,
                "has to be one of pointerTo, lengthOf and capacityOf with an argument's name"
            )
        }
        let index = try argument(value, function)
        switch kind {
        case "pointerTo": return .pointer(to: index)
        case "lengthOf": return .length(of: index)
        default: return .capacity(of: index)
        }
    }

    private func capacity(
        _ place: Place,
        _ function: Signature
    ) throws(SignatureProblem) -> Argument.Capacity {
        if kind(place) == .number { return .fixed(try count(place)) }
        if kind(place) == .text { return .argument(try argument(place, function)) }
        let members = try members(place, ["lengthOf", "times", "plus"])
        let other = try argument(try required(members, "lengthOf", in: place), function)
        let times = try members["times"].map { place throws(SignatureProblem) in
            try count(place, 1...1_000_000)
        }
        let plus = try members["plus"].map { place throws(SignatureProblem) in try count(place) }
        return .scaled(of: other, times: times ?? 1, plus: plus ?? 0)
    }

    private func length(
        _ place: Place,
        _ function: Signature
    ) throws(SignatureProblem) -> Argument.Length {
        if kind(place) == .text {
            let name = try text(place)
            if name == "result" { return .result }
            return .argument(try argument(place, function))
        }
        let members = try members(place, ["unused"])
        let unused = try required(members, "unused", in: place)
        let steps = try text(unused).split(separator: ".", omittingEmptySubsequences: false)
        guard steps.count == 2, let index = function.index(of: String(steps[0])),
            let field = structure(of: function.arguments[index].type)?.index(of: String(steps[1]))
        else {
            throw SignatureProblem(
                unused.pointer,
                "has to be an argument and its field: stream.left"
            )
        }
        return .unused(argument: index, field: field)
    }

    private func isText(_ place: Place) throws(SignatureProblem) -> Bool {
        switch try text(place) {
        case "text": return true
        case "base64": return false
        default: throw SignatureProblem(place.pointer, "has to be text or base64")
        }
    }

    /// The place of an argument that is named.
    private func argument(
        _ place: Place,
        _ function: Signature
    ) throws(SignatureProblem) -> Int {
        let name = try text(place)
        guard let index = function.index(of: name) else {
            throw SignatureProblem(place.pointer, "there is no argument '\(name.shown)'")
        }
        return index
    }

    // MARK: - Results

    private static let resultMembers = [
        "type", "summary", "ok", "error", "status", "free", "length", "encoding", "contentType",
    ]

    func readResult(
        _ place: Place,
        _ function: Signature
    ) throws(SignatureProblem) -> ResultRule {
        var rule = ResultRule()
        if kind(place) == .text {
            rule.type = try type(place)
            return rule
        }
        let members = try members(place, Self.resultMembers)
        rule.type = try type(try required(members, "type", in: place))
        rule.summary = try members["summary"].map { place throws(SignatureProblem) in
            try text(place, most: 1_024)
        }
        if let ok = members["ok"] { rule.success = try success(ok) }
        if let error = members["error"] { rule.failure = try failure(error, function) }
        if let status = members["status"] { rule.status = try count(status, 400...599) }
        if let free = members["free"] { rule.free = try symbol(free) }
        if let length = members["length"] { rule.length = try self.length(length, function) }
        if let encoding = members["encoding"] { rule.isText = try isText(encoding) }
        rule.contentType = try members["contentType"].map { place throws(SignatureProblem) in
            try text(place)
        }
        return rule
    }

    private func success(_ place: Place) throws(SignatureProblem) -> ResultRule.Success {
        let kinds = ["equals", "differs", "atLeast", "oneOf", "nonNull"]
        let members = try members(place, kinds)
        guard let (kind, value) = members.first, members.count == 1 else {
            throw SignatureProblem(
                place.pointer,
                "has to have one member, which is \(kinds.joined(separator: ", "))"
            )
        }
        switch kind {
        case "equals": return .equals(try integer(value))
        case "differs": return .differs(try integer(value))
        case "atLeast": return .atLeast(try integer(value))
        case "oneOf":
            var numbers: [Int64] = []
            for place in try elements(value, most: 64) { numbers.append(try integer(place)) }
            return .oneOf(numbers)
        default:
            guard try flag(value) else { throw SignatureProblem(value.pointer, "has to be true") }
            return .nonNull
        }
    }

    private func failure(
        _ place: Place,
        _ function: Signature
    ) throws(SignatureProblem) -> ResultRule.Failure {
        let members = try members(place, ["errno", "text", "of"])
        if let errno = members["errno"] {
            guard members.count == 1, try flag(errno) else {
                throw SignatureProblem(place.pointer, "has to be errno: true alone, or a 'text'")
            }
            return .errno
        }
        let text = try required(members, "text", in: place)
        var argument: Int?
        if let of = members["of"], try self.text(of) != "result" {
            argument = try self.argument(of, function)
        }
        return .text(symbol: try symbol(text), argument: argument)
    }
}
