internal import ForeignSignatures

/// One number of a call that has only such.
struct ScalarStep {
    let scalar: Scalar
    let slot: UnsafeMutableRawPointer
}

extension PreparedFunction {
    /// The numbers that a call takes, where it takes nothing else and always goes well.
    static func steps(_ signature: Signature, _ interface: CallInterface) -> [ScalarStep]? {
        guard signature.result.success == .always, signature.result.contentType == nil else {
            return nil
        }
        switch signature.result.type {
        case .void, .scalar: break
        default: return nil
        }
        var steps: [ScalarStep] = []
        for (index, argument) in signature.arguments.enumerated() {
            guard case .scalar(let scalar) = argument.type, argument.direction == .in,
                argument.source == .caller, argument.minimum == nil, argument.maximum == nil,
                let slot = interface.slot(index)
            else { return nil }
            steps.append(ScalarStep(scalar: scalar, slot: slot))
        }
        return steps
    }
}

// The short way of calls that take and give numbers only, in a list: most calls of most libraries.
extension ForeignPlugin {
    /// Calls, and writes the reply; false where the request needs the long way, with nothing called.
    func callWithScalars(_ function: PreparedFunction, _ request: ForeignRequest) -> Bool {
        guard let steps = function.scalarSteps, !request.body.isEmpty else { return false }
        let bytes = request.body.bindMemory(to: UInt8.self)
        var tape = JSONTape()
        swap(&tape, &self.tape)
        defer { swap(&tape, &self.tape) }
        do throws(JSONTape.Mistake) { try tape.read(bytes.span) } catch { return false }
        // {"args":[…]} and no more.
        guard tape[0].kind == .object, tape[0].count == 1, isArgs(tape[1], bytes),
            tape[2].kind == .list, tape[2].count == steps.count
        else { return false }
        let view = JSONView(tape: tape, bytes: bytes)
        do throws(CallFault) {
            for index in steps.indices {
                // A list's numbers stand one behind the other.
                let node = 3 + index
                guard tape[node].kind != .list, tape[node].kind != .object else { return false }
                try store.number(node, view, steps[index].scalar, steps[index].slot)
            }
        } catch { return false }
        _ = function.interface.call(function.code)
        output.removeAll()
        output.raw("{\"result\":")
        if case .scalar(let scalar) = function.resultType {
            teller.number(scalar, UnsafeRawPointer(function.interface.result), &output)
        } else {
            output.raw("null")
        }
        output.byte(UInt8(ascii: "}"))
        return true
    }

    private func isArgs(_ node: JSONTape.Node, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = Int(node.start)
        return node.end - node.start == 4 && bytes[start] == UInt8(ascii: "a")
            && bytes[start + 1] == UInt8(ascii: "r") && bytes[start + 2] == UInt8(ascii: "g")
            && bytes[start + 3] == UInt8(ascii: "s")
    }
}
