internal import ForeignSignatures

/// Which arguments x86-64's convention passes in registers, as far as that matters here.
///
/// libffi before 3.4.7 spoils the first floating-point register when a struct of a whole number and a
/// floating-point one takes the last of the general registers (its issue 574). Such a struct is passed
/// as its two halves, which is the same to the function that is called.
struct RegisterUse {
    private static let generalCount = 6
    private static let floatingCount = 8

    private let file: SignatureFile
    private var general: Int
    private var floating = 0

    init(_ file: SignatureFile, result: ForeignType) {
        self.file = file
        // The place of a large result is passed as the first argument.
        general = 0
        if case .structure = result, file.layout(of: result).size > 16 { general = 1 }
    }

    /// Counts an argument; true where it has to be passed as its halves.
    mutating func take(_ type: ForeignType) -> Bool {
        #if arch(x86_64)
        guard let halves = halves(of: type) else { return false }
        let floats = halves.filter { $0 }.count
        let others = halves.count - floats
        guard general + others <= Self.generalCount, floating + floats <= Self.floatingCount else {
            return false
        }
        defer {
            general += others
            floating += floats
        }
        return halves == [false, true] && general == Self.generalCount - 1
        #else
        return false
        #endif
    }

    /// Whether each eight bytes hold floating-point numbers only; `nil` for what goes by memory.
    private func halves(of type: ForeignType) -> [Bool]? {
        guard case .structure = type else { return [type.isFloating] }
        let size = file.layout(of: type).size
        guard size <= 16 else { return nil }
        var halves = Array(repeating: true, count: (size + 7) / 8)
        mark(type, at: 0, &halves)
        return halves
    }

    private func mark(_ type: ForeignType, at offset: Int, _ halves: inout [Bool]) {
        switch type {
        case .structure(let index):
            for field in file.structure(index)?.fields ?? [] {
                mark(field.type, at: offset + field.offset, &halves)
            }
        case .inlineArray(let element, let count):
            let stride = file.layout(of: element).size
            for place in 0..<count { mark(element, at: offset + place * stride, &halves) }
        default:
            guard !type.isFloating else { return }
            let end = offset + max(1, file.layout(of: type).size)
            for half in (offset / 8)...((end - 1) / 8) { halves[half] = false }
        }
    }
}

extension ForeignType {
    fileprivate var isFloating: Bool { self == .scalar(.float) || self == .scalar(.double) }
}
