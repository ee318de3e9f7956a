internal import CLibFFI
internal import ForeignSignatures
internal import Glibc

/// A function pointer that a library may call during a call; made once per use, and kept for ever.
final class CallbackBinding {
    /// What it is made for.
    struct Key: Hashable {
        var function: String
        var argument: Int
        var choice: String
    }

    /// What happens when it is called.
    enum Action {
        /// Numbers or texts are compared.
        case compare(isDescending: Bool)
        /// What is passed is gathered.
        case collect
        /// A function of the library is called.
        case function(PreparedFunction)
    }

    private unowned let plugin: ForeignPlugin
    private let type: CallbackType
    private let argument: Int
    private let action: Action
    private let values: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    private let result = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 16)
    private let cif = UnsafeMutablePointer<ffi_cif>.allocate(capacity: 1)
    private(set) var code: UnsafeMutableRawPointer?

    init(plugin: ForeignPlugin, type: CallbackType, argument: Int, action: Action) {
        self.plugin = plugin
        self.type = type
        self.argument = argument
        self.action = action
        let types = FFITypes(plugin.file)
        let count = type.parameters.count
        values = .allocate(capacity: 2 * count + 1)
        let list = UnsafeMutablePointer<FFITypes.Pointer>.allocate(capacity: count + 1)
        for (index, parameter) in type.parameters.enumerated() {
            (list + index).initialize(to: types.type(of: parameter.type))
        }
        cif.initialize(to: ffi_cif())
        guard
            roost_ffi_prepare(
                cif,
                UInt32(count),
                UInt32(count),
                types.type(of: type.result),
                list
            ) == 0
        else { return }
        let body: roost_ffi_body = { _, result, arguments, context in
            guard let context else { return }
            Unmanaged<CallbackBinding>.fromOpaque(context).takeUnretainedValue()
                .run(result, arguments)
        }
        code = roost_ffi_closure(cif, body, Unmanaged.passRetained(self).toOpaque())
    }

    /// Called by the library.
    private func run(
        _ answer: UnsafeMutableRawPointer?,
        _ arguments: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    ) {
        switch action {
        case .compare(let isDescending):
            let order = compare(arguments)
            put(isDescending ? -order : order, answer)
        case .collect:
            collect(arguments)
            put(type.collects, answer)
        case .function(let function): forward(to: function, arguments, answer)
        }
    }

    private func put(_ value: Int64, _ answer: UnsafeMutableRawPointer?) {
        guard let answer, type.result != .void else { return }
        switch type.result {
        case .scalar(.double): answer.storeBytes(of: Double(value), as: Double.self)
        case .scalar(.float): answer.storeBytes(of: Float(value), as: Float.self)
        default: answer.storeBytes(of: value, as: Int64.self)
        }
    }

    private func compare(_ arguments: UnsafeMutablePointer<UnsafeMutableRawPointer?>) -> Int64 {
        guard type.parameters.count >= 2, var left = arguments[0], var right = arguments[1] else {
            return 0
        }
        var compared = type.parameters[0].type
        if case .pointer(let pointee) = compared {
            guard let first = left.load(as: UnsafeMutableRawPointer?.self),
                let second = right.load(as: UnsafeMutableRawPointer?.self)
            else { return 0 }
            (left, right, compared) = (first, second, pointee)
        }
        switch compared {
        case .scalar(.double):
            return Self.order(left.load(as: Double.self), right.load(as: Double.self))
        case .scalar(.float):
            return Self.order(left.load(as: Float.self), right.load(as: Float.self))
        case .scalar(let scalar): return Self.order(scalar, left, right)
        case .enumeration(let index):
            return Self.order(plugin.file.enumeration(index)?.scalar ?? .int32, left, right)
        case .text:
            guard let first = left.load(as: UnsafePointer<CChar>?.self),
                let second = right.load(as: UnsafePointer<CChar>?.self)
            else { return 0 }
            return Int64(strcmp(first, second).signum())
        default: return 0
        }
    }

    private static func order<Value: Comparable>(_ left: Value, _ right: Value) -> Int64 {
        left < right ? -1 : left > right ? 1 : 0
    }

    private static func order(
        _ scalar: Scalar,
        _ left: UnsafeMutableRawPointer,
        _ right: UnsafeMutableRawPointer
    ) -> Int64 {
        let first = ValueTeller.integer(scalar, left)
        let second = ValueTeller.integer(scalar, right)
        return scalar.isSigned
            ? order(Int64(bitPattern: first), Int64(bitPattern: second)) : order(first, second)
    }

    private func collect(_ arguments: UnsafeMutablePointer<UnsafeMutableRawPointer?>) {
        plugin.state.collectedCount += 1
        guard plugin.state.collectedCount <= CallLimits.collected, plugin.state.callbackFault == nil
        else { return }
        var output = plugin.state.collected[argument] ?? JSONOutput()
        plugin.state.collected[argument] = nil
        if !output.bytes.isEmpty { output.raw(",") }
        output.raw("{")
        do throws(CallFault) {
            for (index, parameter) in type.parameters.enumerated() where parameter.type != .opaque {
                guard let value = arguments[index] else { continue }
                output.key(parameter.name)
                try plugin.teller.tell(parameter.type, at: value, to: &output)
            }
        } catch { plugin.state.callbackFault = error }
        output.raw("}")
        plugin.state.collected[argument] = output
    }

    private func forward(
        to function: PreparedFunction,
        _ arguments: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
        _ answer: UnsafeMutableRawPointer?
    ) {
        let passed = function.signature.arguments.filter(\.isPassed)
        let places = function.interface.places.filter { $0 >= 0 }
        for (index, parameter) in type.parameters.enumerated() {
            var value = arguments[index]
            if case .pointer(let pointee) = parameter.type, passed[index].type == pointee {
                value = value?.load(as: UnsafeMutableRawPointer?.self)
                if value == nil { return put(0, answer) }
            }
            values[places[index]] = value
            // The rest of a struct that is passed as its halves.
            values[places[index] + 1] = value.map { $0 + 8 }
        }
        _ = roost_ffi_call(function.interface.cif, function.code, result, values)
        guard let answer, type.result != .void else { return }
        answer.copyMemory(from: result, byteCount: 8)
    }
}

extension ForeignPlugin {
    /// Passes a function pointer.
    func callBack(
        _ index: Int,
        _ function: PreparedFunction,
        _ view: JSONView,
        _ node: Int,
        _ type: Int
    ) throws(CallFault) {
        let argument = function.signature.arguments[index]
        if view.tape[node].kind == .null, argument.isNullable {
            return point(index, function, to: nil)
        }
        guard let declared = file.callback(type) else { return }
        let others = (functions + hidden).filter {
            $0.signature.problem(answering: declared) == nil
        }
        let fitting = others.map(\.signature.name) + Signature.builtInCallbacks
        let choices = argument.choices.isEmpty ? fitting : argument.choices
        let word = view.tape[node].kind == .text ? view.tape.string(node, view.text) : ""
        guard choices.contains(word) else {
            throw .expected("one of \(choices.joined(separator: ", "))", found: view.shown(node))
        }
        let key = CallbackBinding.Key(
            function: function.signature.name,
            argument: index,
            choice: word
        )
        if callbacks[key] == nil {
            let action: CallbackBinding.Action
            switch word {
            case "ascending": action = .compare(isDescending: false)
            case "descending": action = .compare(isDescending: true)
            case "collect": action = .collect
            default:
                guard let target = others.first(where: { $0.signature.name == word }) else {
                    return
                }
                action = .function(target)
            }
            callbacks[key] = CallbackBinding(
                plugin: self,
                type: declared,
                argument: index,
                action: action
            )
        }
        guard let code = callbacks[key]?.code else {
            throw .badResult("the system allows no function pointers that are made at run time")
        }
        if word == "collect" { state.collected[index] = JSONOutput() }
        point(index, function, to: code)
    }
}
