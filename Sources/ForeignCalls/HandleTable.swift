internal import ForeignSignatures
internal import Glibc

/// What callers hold of the library's between calls of one worker, each by a name that nobody guesses
/// and that no other worker knows.
struct HandleTable {
    /// One thing that is held.
    struct Entry {
        /// The place of its type in the file.
        var type: Int
        /// Where it is.
        var pointer: UnsafeMutableRawPointer
        /// Whether its memory is this side's to free.
        var isOwned: Bool
    }

    /// What the names of each type begin with, by its place in the file.
    private let beginnings: [[UInt8]]
    private var last: UInt64 = 0
    private(set) var entries: [UInt64: Entry] = [:]

    /// Holds nothing yet.
    init(_ file: SignatureFile) {
        let nonce = String(UInt64.random(in: .min ... .max), radix: 16)
        beginnings = file.types.map { Array("\($0.name)-\(nonce)-".utf8) }
    }

    /// Takes something in; gives back its number.
    mutating func add(_ entry: Entry) throws(CallFault) -> UInt64 {
        guard entries.count < CallLimits.handles else {
            throw .badResult("callers hold \(CallLimits.handles) handles, and may hold no more")
        }
        last += 1
        entries[last] = entry
        return last
    }

    /// Forgets it.
    mutating func remove(_ number: UInt64) { entries[number] = nil }

    /// Writes the name that callers hold it by.
    func write(_ number: UInt64, type: Int, to output: inout JSONOutput) {
        output.byte(0x22)
        output.raw(beginnings[type])
        output.digits(of: number)
        output.byte(0x22)
    }

    /// Finds what a name stands for.
    func number(_ node: Int, _ view: JSONView, type: Int) -> UInt64? {
        let range = view.range(node)
        let beginning = beginnings[type]
        guard view.tape[node].kind == .text, range.count > beginning.count,
            view.bytes[range].starts(with: beginning),
            let found = JSONNumber.integer(
                view.text,
                (range.lowerBound + beginning.count)..<range.upperBound
            ), !found.isNegative, let entry = entries[found.magnitude], entry.type == type
        else { return nil }
        return found.magnitude
    }
}
