// Rules for whole functions.
extension SignatureReader {
    func checkResult(of function: Signature) throws(Fault) {
        let rule = function.result
        switch rule.type {
        case .callback, .inlineArray, .inlineText, .inlineBytes:
            throw Fault("gives back what can't be told")
        case .bytes, .array:
            guard rule.length != .all else {
                throw Fault(
                    "gives back bytes or a list, and nothing says how long: give a 'length'"
                )
            }
        case .structure(let index):
            let parts = file.structure(index)?.parts ?? 0
            guard parts <= SignatureFile.partLimit else {
                throw Fault(
                    "gives back a struct of \(parts) parts; \(SignatureFile.partLimit) are allowed"
                )
            }
        default: break
        }
        switch rule.success {
        case .always: break
        case .nonNull:
            guard rule.type.isPointer else {
                throw Fault("fails when its result is NULL, and gives back no pointer")
            }
        default:
            switch rule.type {
            case .scalar(.float), .scalar(.double):
                throw Fault("is judged by a number that isn't whole")
            case .scalar, .enumeration: break
            default: throw Fault("is judged by its result, which is no number")
            }
        }
        if rule.success == .always, rule.failure != .plain {
            throw Fault("says how errors are told, and not when it has failed: give 'ok'")
        }
        if case .text(_, let argument?) = rule.failure {
            switch function.arguments[argument].type {
            case .scalar, .enumeration, .handle: break
            default:
                throw Fault("asks for an error's words with an argument that can't be passed on")
            }
        }
        if rule.contentType != nil {
            let outs = function.arguments.filter { $0.isTold }
            guard outs.count + (rule.type == .bytes ? 1 : 0) == 1 || rule.type == .bytes,
                rule.type == .bytes || outs.first?.type == .bytes || outs.first?.type == .text
            else { throw Fault("has a content type, and not one thing of bytes that comes out") }
        }
        if case .argument(let index) = rule.length {
            guard case .scalar(let scalar) = function.arguments[index].type, scalar.isInteger else {
                throw Fault("takes its result's length from an argument that is no integer")
            }
        }
    }

    func checkVariadic(_ function: Signature) throws(Fault) {
        guard let fixed = function.fixedCount else { return }
        let passed = function.arguments.filter(\.isPassed)
        guard fixed <= passed.count else {
            throw Fault("is variadic from \(fixed), and has \(passed.count) arguments")
        }
        for argument in passed[fixed...] where argument.direction == .in {
            guard case .scalar(let scalar) = argument.type else { continue }
            if scalar == .float || scalar.size < 4 {
                throw Fault(
                    "passes '\(argument.name)' behind '...': C makes a double of float, and an int of "
                        + "anything shorter, so declare that"
                )
            }
        }
    }

    func checkWhole(_ function: Signature) throws(Fault) {
        guard function.arguments.filter(\.isBody).count <= 1 else {
            throw Fault("takes its body for more than one argument")
        }
        for argument in function.arguments {
            guard case .callback(let index) = argument.type, let callback = file.callback(index)
            else { continue }
            for choice in argument.choices where !Signature.builtInCallbacks.contains(choice) {
                guard let target = file.functions.first(where: { $0.name == choice }) else {
                    throw Fault("offers the callback '\(choice.shown)', which is no function here")
                }
                if let problem = target.problem(answering: callback) {
                    throw Fault("offers the callback '\(choice.shown)', which \(problem)")
                }
            }
            if let constant = argument.source.constantText, !argument.choices.isEmpty,
                !argument.choices.contains(constant)
            {
                throw Fault("has a callback that isn't among its choices")
            }
        }
    }
}

extension Argument.Source {
    /// The text that the file sets.
    var constantText: String? {
        guard case .constant(let json) = self, json.first == 0x22 else { return nil }
        return String(decoding: json.dropFirst().dropLast(), as: UTF8.self)
    }
}

extension Signature {
    /// Callbacks that need no function: they compare the numbers or texts that the two parameters
    /// point to, or gather what the library passes.
    public static let builtInCallbacks = ["ascending", "descending", "collect"]

    /// Why the function can't stand for a callback; `nil` when it can.
    public func problem(answering callback: CallbackType) -> String? {
        let takes = arguments.filter(\.isPassed)
        guard takes.count == callback.parameters.count else {
            return "takes \(takes.count) arguments, and is given \(callback.parameters.count)"
        }
        for (argument, parameter) in zip(takes, callback.parameters) {
            let isSame = argument.type == parameter.type && argument.direction == .in
            let isPointedTo = parameter.type == .pointer(argument.type) && argument.direction == .in
            let isOpaque = parameter.type == .opaque && argument.type.isPointer
            guard isSame || isPointedTo || isOpaque else {
                return "takes another type for '\(parameter.name.shown)'"
            }
        }
        guard callback.result == .void || callback.result == result.type else {
            return "gives back another type"
        }
        return nil
    }
}

extension SignatureFile {
    /// What callers may pass for a callback, unless an argument says otherwise: the functions that
    /// fit, and those that are there anyway.
    public func choices(for callback: Int) -> [String] {
        guard let declared = self.callback(callback) else { return [] }
        let fitting = functions.filter { $0.problem(answering: declared) == nil }
        return fitting.map(\.name) + Signature.builtInCallbacks
    }
}
