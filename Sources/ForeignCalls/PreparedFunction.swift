internal import ForeignSignatures

/// A function of the library, ready to be called.
final class PreparedFunction {
    let signature: Signature
    let interface: CallInterface
    let code: UnsafeMutableRawPointer
    /// The arguments that callers give, in order.
    let asked: [Int]
    /// The same with the lengths that follow from others.
    let full: [Int]
    /// How many of those callers can't leave out, as far as the order goes.
    let leastCount: Int
    /// What stands in for arguments that the caller doesn't give.
    let standIns: [JSONConstant?]
    /// The argument that a raw body stands for.
    let bodyArgument: Int?
    /// The numbers that it takes, where it takes nothing else.
    let scalarSteps: [ScalarStep]?
    /// What it gives back.
    let resultType: ForeignType
    /// Whether something is told beside the result.
    let tellsMore: Bool
    /// What callers may pass for callbacks, by argument; found at the first call.
    var choices: [[Choice]]
    var freeResult: FreeFunction?
    var freeArguments: [FreeFunction?]
    var errorText: ErrorText?

    /// Something that may stand for a callback, with its function pointer once it has been used.
    struct Choice {
        let name: String
        var binding: CallbackBinding?
    }

    /// Gives memory back to the library.
    typealias FreeFunction = @convention(c) (UnsafeMutableRawPointer?) -> Int32
    /// Puts an error into words.
    typealias ErrorText = @convention(c) (UInt) -> UnsafePointer<UInt8>?

    init(
        _ signature: Signature,
        _ interface: CallInterface,
        _ code: UnsafeMutableRawPointer
    ) {
        self.signature = signature
        self.interface = interface
        self.code = code
        var asked: [Int] = []
        var full: [Int] = []
        var standIns: [JSONConstant?] = []
        for (index, argument) in signature.arguments.enumerated() {
            switch argument.source {
            case .caller:
                asked.append(index)
                full.append(index)
                standIns.append(argument.fallback.flatMap(JSONConstant.init))
            case .constant(let json): standIns.append(JSONConstant(json))
            case .length:
                full.append(index)
                standIns.append(nil)
            case .none: standIns.append(nil)
            }
        }
        self.asked = asked
        self.full = full
        self.standIns = standIns
        let needed = asked.lastIndex { standIns[$0] == nil }
        leastCount = needed.map { $0 + 1 } ?? 0
        bodyArgument = signature.arguments.firstIndex(where: \.isBody)
        scalarSteps = Self.steps(signature, interface)
        resultType = signature.result.type
        tellsMore = signature.arguments.contains { argument in
            if case .callback = argument.type { return true }
            return argument.isTold || argument.creates || !argument.readings.isEmpty
        }
        choices = Array(repeating: [], count: signature.arguments.count)
        freeArguments = Array(repeating: nil, count: signature.arguments.count)
    }
}
