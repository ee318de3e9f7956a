internal import CLibFFI
internal import ForeignSignatures
internal import Glibc

/// A function pointer that a library may call during a call; made once per use, and kept for ever.
final class CallbackBinding {
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
    /// Where each parameter goes in a call of a function, and whether what it points to does.
    private let steps: [(place: Int, isPointedTo: Bool)]
    private let result = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 16)
    private let cif = UnsafeMutablePointer<ffi_cif>.allocate(capacity: 1)
    private(set) var code: UnsafeMutableRawPointer?

    /// Whether it gathers what it gets.
    var gathers: Bool { if case .collect = action { true } else { false } }

    init(plugin: ForeignPlugin, type: CallbackType, argument: Int, action: Action) {
        self.plugin = plugin
        self.type = type
        self.argument = argument
        self.action = action
        steps = Self.steps(of: type, action)
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

    private static func steps(
        of type: CallbackType,
        _ action: Action
    ) -> [(place: Int, isPointedTo: Bool)] {
        guard case .function(let function) = action else { return [] }
        let passed = function.signature.arguments.filter(\.isPassed)
        let places = function.interface.places.filter { $0 >= 0 }
        return type.parameters.indices.map { index in
            (places[index], type.parameters[index].type == .pointer(passed[index].type))
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
        var output = plugin.state.collected[argument]
        // Taken out meanwhile, so that writing doesn't copy it.
        plugin.state.collected[argument] = JSONOutput()
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
        for (index, step) in steps.enumerated() {
            var value = arguments[index]
            if step.isPointedTo {
                value = value?.load(as: UnsafeMutableRawPointer?.self)
                if value == nil { return put(0, answer) }
            }
            values[step.place] = value
            // The rest of a struct that is passed as its halves.
            values[step.place + 1] = value.map { $0 + 8 }
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
        if view.tape[node].kind == .null, function.signature.arguments[index].isNullable {
            return point(index, function, to: nil)
        }
        if function.choices[index].isEmpty {
            let own = function.signature.arguments[index].choices
            function.choices[index] = (own.isEmpty ? file.choices(for: type) : own)
                .map { PreparedFunction.Choice(name: $0) }
        }
        guard
            let choice = function.choices[index].firstIndex(where: { view.means(node, $0.name) })
        else {
            let names = function.choices[index].map(\.name).joined(separator: ", ")
            throw .expected("one of \(names)", found: view.shown(node))
        }
        if function.choices[index][choice].binding == nil {
            let word = function.choices[index][choice].name
            function.choices[index][choice].binding = bind(word, type, argument: index)
        }
        guard let binding = function.choices[index][choice].binding, let code = binding.code else {
            throw .badResult("the system allows no function pointers that are made at run time")
        }
        if binding.gathers {
            state.isCollecting[index] = true
            state.collected[index].removeAll()
        }
        point(index, function, to: code)
    }

    /// Makes a function pointer, which is kept for ever.
    private func bind(_ word: String, _ type: Int, argument: Int) -> CallbackBinding? {
        let action: CallbackBinding.Action
        switch word {
        case "ascending": action = .compare(isDescending: false)
        case "descending": action = .compare(isDescending: true)
        case "collect": action = .collect
        default:
            guard let target = (functions + hidden).first(where: { $0.signature.name == word })
            else { return nil }
            action = .function(target)
        }
        guard let declared = file.callback(type) else { return nil }
        return CallbackBinding(plugin: self, type: declared, argument: argument, action: action)
    }
}
