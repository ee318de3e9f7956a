internal import CLibFFI
internal import ForeignSignatures

/// The signature file's types as libffi describes them; made once, and kept for ever.
final class FFITypes {
    typealias Pointer = UnsafeMutablePointer<ffi_type>

    private let file: SignatureFile
    private var structures: [Int: Pointer] = [:]

    init(_ file: SignatureFile) { self.file = file }

    /// The type of a value as it is passed.
    func type(of type: ForeignType) -> Pointer {
        switch type {
        case .void: roost_ffi_type(Int32(ROOST_FFI_VOID))
        case .scalar(let scalar): Self.type(of: scalar)
        case .enumeration(let index): Self.type(of: file.enumeration(index)?.scalar ?? .int32)
        case .structure(let index): structure(index)
        default: Self.pointer
        }
    }

    static var pointer: Pointer { roost_ffi_type(Int32(ROOST_FFI_POINTER)) }

    static func type(of scalar: Scalar) -> Pointer {
        let kind =
            switch scalar {
            case .bool, .uint8: ROOST_FFI_UINT8
            case .int8: ROOST_FFI_SINT8
            case .uint16: ROOST_FFI_UINT16
            case .int16: ROOST_FFI_SINT16
            case .uint32: ROOST_FFI_UINT32
            case .int32: ROOST_FFI_SINT32
            case .uint64: ROOST_FFI_UINT64
            case .int64: ROOST_FFI_SINT64
            case .float: ROOST_FFI_FLOAT
            case .double: ROOST_FFI_DOUBLE
            }
        return roost_ffi_type(Int32(kind))
    }

    private func structure(_ index: Int) -> Pointer {
        if let made = structures[index] { return made }
        var parts: [Pointer] = []
        for field in file.structure(index)?.fields ?? [] {
            switch field.type {
            case .inlineArray(let element, let count):
                parts += Array(repeating: type(of: element), count: count)
            case .inlineText(let count), .inlineBytes(let count):
                parts += Array(repeating: Self.type(of: .uint8), count: count)
            default: parts.append(type(of: field.type))
            }
        }
        let elements = UnsafeMutablePointer<Pointer?>.allocate(capacity: parts.count + 1)
        for (place, part) in parts.enumerated() { elements[place] = part }
        elements[parts.count] = nil
        let made = Pointer.allocate(capacity: 1)
        made.initialize(
            to: ffi_type(size: 0, alignment: 0, type: roost_ffi_struct(), elements: elements)
        )
        structures[index] = made
        return made
    }
}
