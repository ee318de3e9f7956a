internal import CLibFFI
internal import ForeignSignatures

/// A prepared call: libffi's description of it, and the memory for its values.
///
/// Made once per function and never freed; one call at a time goes through it.
final class CallInterface {
    let cif: UnsafeMutablePointer<ffi_cif>
    /// Where each argument's value lies, of those that are passed.
    private let slots: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    /// The same for one call: libffi changes it where it copies a large struct.
    private let values: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    private let count: Int
    let result: UnsafeMutableRawPointer
    /// The place of each argument among the values; -1 where it isn't passed.
    let places: [Int]

    /// Prepares the calls of a function.
    ///
    /// - Throws: `ForeignRefusal` where libffi doesn't take the signature.
    init(_ function: Signature, in file: SignatureFile, types: FFITypes) throws(ForeignRefusal) {
        let plan = Self.plan(function, in: file, types: types)
        let passed = plan.passed
        places = plan.places
        let room = max(16, (file.layout(of: function.result.type).size + 15) & ~15)
        result = .allocate(byteCount: room, alignment: 16)
        count = passed.count
        slots = .allocate(capacity: passed.count + 1)
        values = .allocate(capacity: passed.count + 1)
        for (index, value) in passed.enumerated() {
            let size = max(16, (value.size + 15) & ~15)
            slots[index] =
                value.isSecondHalf
                ? slots[index - 1].map { $0 + 8 } : .allocate(byteCount: size, alignment: 16)
        }
        let list = UnsafeMutablePointer<FFITypes.Pointer>.allocate(capacity: passed.count + 1)
        for (index, value) in passed.enumerated() { (list + index).initialize(to: value.type) }
        cif = .allocate(capacity: 1)
        cif.initialize(to: ffi_cif())
        let status = roost_ffi_prepare(
            cif,
            UInt32(plan.fixedCount),
            UInt32(passed.count),
            types.type(of: function.result.type),
            list
        )
        guard status == 0 else {
            throw ForeignRefusal(
                kind: "badSignature",
                words: "libffi doesn't take the signature of '\(function.name)' (\(status))"
            )
        }
        for (index, value) in passed.enumerated() where list[index].pointee.size != value.size {
            throw ForeignRefusal(
                kind: "badSignature",
                words: "a struct of '\(function.name)' has \(value.size) bytes here and "
                    + "\(list[index].pointee.size) for libffi"
            )
        }
    }

    private struct Passed {
        var type: FFITypes.Pointer
        var size: Int
        /// Whether it is the rest of what stands before it.
        var isSecondHalf = false
    }

    private struct Plan {
        var passed: [Passed] = []
        var places: [Int] = []
        var fixedCount = 0
    }

    /// What is passed for each argument.
    private static func plan(
        _ function: Signature,
        in file: SignatureFile,
        types: FFITypes
    ) -> Plan {
        var plan = Plan()
        var registers = RegisterUse(file, result: function.result.type)
        for argument in function.arguments {
            guard argument.isPassed else {
                plan.places.append(-1)
                continue
            }
            if plan.places.filter({ $0 >= 0 }).count == function.fixedCount {
                plan.fixedCount = plan.passed.count
            }
            plan.places.append(plan.passed.count)
            let isPointer = argument.isIndirect || argument.type.isPointer
            if registers.take(isPointer ? .opaque : argument.type) {
                plan.passed.append(Passed(type: FFITypes.type(of: .uint64), size: 8))
                plan.passed.append(
                    Passed(type: FFITypes.type(of: .double), size: 8, isSecondHalf: true)
                )
            } else if isPointer {
                plan.passed.append(Passed(type: FFITypes.pointer, size: 8))
            } else {
                let size = file.layout(of: argument.type).size
                plan.passed.append(Passed(type: types.type(of: argument.type), size: size))
            }
        }
        if plan.fixedCount == 0 { plan.fixedCount = plan.passed.count }
        return plan
    }

    /// Calls; gives back what errno was then.
    func call(_ function: UnsafeMutableRawPointer) -> Int32 {
        values.update(from: slots, count: count)
        return roost_ffi_call(cif, function, result, values)
    }

    /// Where the value of an argument that is passed lies.
    func slot(_ index: Int) -> UnsafeMutableRawPointer? {
        places[index] < 0 ? nil : slots[places[index]]
    }
}
