internal import CLibFFI
internal import ForeignSignatures

/// A library with its signature file, loaded and ready: what a plugin's image is elsewhere.
///
/// Confined to the thread that calls it; one call at a time.
public final class ForeignPlugin {
    /// What a name stands for in the library.
    public enum Symbol {
        /// Nothing.
        case missing
        /// A variable.
        case variable
        /// A function.
        case function(UnsafeMutableRawPointer)
    }

    /// The plugin's manifest, as JSON; stays where it is.
    public let manifest: UnsafeBufferPointer<UInt8>

    let file: SignatureFile
    let store: ValueStore
    let teller: ValueTeller
    let arena = Arena()
    var functions: [PreparedFunction] = []
    var hidden: [PreparedFunction] = []
    var destructors: [Int: PreparedFunction.FreeFunction] = [:]
    var handles: HandleTable
    var tape = JSONTape()
    var query = QueryArguments()
    var output = JSONOutput()
    var state = CallState()

    /// Prepares every function of a signature file.
    ///
    /// - Parameters:
    ///   - signatures: The file, as JSON.
    ///   - name: The plugin's name where the file doesn't say it.
    ///   - symbol: Finds a symbol of the library.
    /// - Throws: `ForeignRefusal` where file and library don't fit.
    public init(
        signatures: [UInt8],
        name: String,
        symbol: (String) -> Symbol
    ) throws(ForeignRefusal) {
        do {
            file = try SignatureFile(json: signatures, name: name)
            let json = try file.manifest()
            let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: json.count)
            _ = copy.update(fromContentsOf: json)
            manifest = UnsafeBufferPointer(copy)
        } catch { throw ForeignRefusal(kind: "badSignature", words: "\(error)") }
        handles = HandleTable(file)
        store = ValueStore(file: file, arena: arena)
        teller = ValueTeller(file: file)
        try prepare(symbol)
        for function in functions { try tryStandIns(of: function) }
    }

    private func prepare(_ symbol: (String) -> Symbol) throws(ForeignRefusal) {
        let types = FFITypes(file)
        for signature in file.functions {
            let code = try find(signature.symbol, symbol)
            let interface = try CallInterface(signature, in: file, types: types)
            let function = PreparedFunction(signature, interface, code)
            if let free = signature.result.free {
                function.freeResult = try release(free, symbol)
            }
            for (index, argument) in signature.arguments.enumerated() {
                if let free = argument.free {
                    function.freeArguments[index] = try release(free, symbol)
                }
            }
            if case .text(let name, _) = signature.result.failure {
                function.errorText = unsafeBitCast(
                    try find(name, symbol),
                    to: PreparedFunction.ErrorText.self
                )
            }
            if signature.isHidden { hidden.append(function) } else { functions.append(function) }
        }
        for (index, type) in file.types.enumerated() {
            guard case .handle(let handle) = type.shape, let destroy = handle.destroy else {
                continue
            }
            destructors[index] = try release(destroy, symbol)
        }
    }

    private func release(
        _ name: String,
        _ symbol: (String) -> Symbol
    ) throws(ForeignRefusal) -> PreparedFunction.FreeFunction {
        unsafeBitCast(try find(name, symbol), to: PreparedFunction.FreeFunction.self)
    }

    private func find(
        _ name: String,
        _ symbol: (String) -> Symbol
    ) throws(ForeignRefusal) -> UnsafeMutableRawPointer {
        switch symbol(name) {
        case .function(let code): return code
        case .variable:
            throw ForeignRefusal(
                kind: "missingSymbol",
                words: "\(file.library.name) has a variable '\(name)', and no function of that name"
            )
        case .missing:
            throw ForeignRefusal(
                kind: "missingSymbol",
                words: "\(file.library.name) has no function '\(name)'"
            )
        }
    }

    /// Puts the file's own values in, so that a bad one is found before the first call.
    private func tryStandIns(of function: PreparedFunction) throws(ForeignRefusal) {
        state.begin(function)
        defer { arena.reset() }
        for (index, argument) in function.signature.arguments.enumerated() {
            let json: [UInt8]? =
                if case .constant(let json) = argument.source { json } else { argument.fallback }
            guard json != nil, argument.capacity == nil else { continue }
            guard let standIn = function.standIns[index] else { continue }
            do throws(CallFault) {
                try encode(index, function, standIn.view, 0)
            } catch {
                var words = "can't be taken"
                if case .argument(let problem) = error {
                    words = "has to be \(problem.expected), and is \(problem.found)"
                }
                throw ForeignRefusal(
                    kind: "badSignature",
                    words: "the file's value for '\(argument.name)' of "
                        + "'\(function.signature.name)' \(words)"
                )
            }
        }
    }

    /// Ends what callers still hold.
    public func drain() {
        for (number, entry) in handles.entries { end(number, entry) }
    }

    func end(_ number: UInt64, _ entry: HandleTable.Entry) {
        handles.remove(number)
        if let destroy = destructors[entry.type] { _ = destroy(entry.pointer) }
        if entry.isOwned { entry.pointer.deallocate() }
    }
}

/// What one call knows of its arguments, by their places.
struct CallState {
    /// Where the JSON of each stands; -1 where it isn't given.
    var nodes: [Int] = []
    /// Where each lies in memory.
    var pointers: [UnsafeMutableRawPointer?] = []
    /// How long each is.
    var lengths: [Int] = []
    /// How much room there is.
    var rooms: [Int] = []
    /// The handles that go in.
    var held: [UInt64] = []
    /// Whether a callback gathers what it gets.
    var isCollecting: [Bool] = []
    /// What it has gathered; the memory is used again.
    var collected: [JSONOutput] = []
    var collectedCount = 0
    /// Whether arguments were given by name.
    var isNamed = false
    /// The raw body, and the argument that it stands for.
    var rawBody: (argument: Int, piece: ValueStore.Piece)?
    /// Whether what has begun has been taken over.
    var isOver = false
    /// Whether a callback's values couldn't be told.
    var callbackFault: CallFault?

    mutating func begin(_ function: PreparedFunction) {
        let count = function.signature.arguments.count
        isNamed = false
        rawBody = nil
        isOver = false
        callbackFault = nil
        collectedCount = 0
        func reset<Value>(_ list: inout [Value], _ value: Value) {
            list.removeAll(keepingCapacity: true)
            for _ in 0..<count { list.append(value) }
        }
        reset(&nodes, -1)
        reset(&pointers, nil)
        reset(&lengths, 0)
        reset(&rooms, 0)
        reset(&held, 0)
        reset(&isCollecting, false)
        while collected.count < count { collected.append(JSONOutput()) }
    }
}
