/// Why a call isn't made, or what it gave can't be told.
enum CallFault: Error, Hashable {
    /// A value doesn't fit the signature.
    case argument(ArgumentProblem)
    /// It would take more memory than there is for it.
    case tooMuchMemory
    /// The library gave what can't be told.
    case badResult(String)

    /// A value doesn't fit.
    static func expected(_ expected: String, found: String) -> CallFault {
        .argument(ArgumentProblem(pointer: "", expected: expected, found: found))
    }

    /// The same fault, one step further from the root.
    func below(_ step: String) -> CallFault {
        guard case .argument(var problem) = self else { return self }
        problem.pointer = "/" + step + problem.pointer
        return .argument(problem)
    }
}

/// What is wrong with a value: where, what it has to be, and what it is.
struct ArgumentProblem: Hashable {
    /// Where it stands in the request, as a JSON pointer (RFC 6901).
    var pointer: String
    /// What it has to be.
    var expected: String
    /// What it is.
    var found: String
}

/// Why a library can't be called as its signature file says.
public struct ForeignRefusal: Error, Hashable, Sendable {
    /// A short stable word.
    public var kind: String
    /// What is wrong, in words.
    public var words: String

    /// Describes it.
    public init(kind: String, words: String) {
        self.kind = kind
        self.words = words
    }
}
