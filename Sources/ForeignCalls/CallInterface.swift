internal import CLibFFI
internal import ForeignSignatures

/// A prepared call: libffi's description of it, and the memory for its values.
///
/// Made once per function and never freed; one call at a time goes through it.
final class CallInterface {
    let cif: UnsafeMutablePointer<ffi_cif>
    /// Where each argument's value lies, of those that are passed.
    let values: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    let result: UnsafeMutableRawPointer
    /// The place of each argument among the values; -1 where it isn't passed.
    let places: [Int]

    /// Prepares the calls of a function.
    ///
    /// - Throws: `ForeignRefusal` where libffi doesn't take the signature.
    init(_ function: Signature, in file: SignatureFile, types: FFITypes) throws(ForeignRefusal) {
        var places: [Int] = []
        var passed: [(type: FFITypes.Pointer, size: Int)] = []
        for argument in function.arguments {
            guard argument.isPassed else {
                places.append(-1)
                continue
            }
            places.append(passed.count)
            if argument.isIndirect || argument.type.isPointer {
                passed.append((FFITypes.pointer, 8))
            } else {
                passed.append(
                    (types.type(of: argument.type), file.layout(of: argument.type).size)
                )
            }
        }
        self.places = places
        let room = max(16, (file.layout(of: function.result.type).size + 15) & ~15)
        result = .allocate(byteCount: room, alignment: 16)
        values = .allocate(capacity: passed.count + 1)
        for (index, value) in passed.enumerated() {
            let size = max(16, (value.size + 15) & ~15)
            values[index] = .allocate(byteCount: size, alignment: 16)
        }
        let list = UnsafeMutablePointer<FFITypes.Pointer>.allocate(capacity: passed.count + 1)
        for (index, value) in passed.enumerated() { (list + index).initialize(to: value.type) }
        cif = .allocate(capacity: 1)
        cif.initialize(to: ffi_cif())
        let status = roost_ffi_prepare(
            cif,
            UInt32(function.fixedCount ?? passed.count),
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

    /// Calls; gives back what errno was then.
    func call(_ function: UnsafeMutableRawPointer) -> Int32 {
        roost_ffi_call(cif, function, result, values)
    }

    /// Where the value of an argument that is passed lies.
    func slot(_ index: Int) -> UnsafeMutableRawPointer? {
        places[index] < 0 ? nil : values[places[index]]
    }
}
