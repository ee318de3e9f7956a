/// A pattern of file names: `*` any characters but `/`, `?` one of them, `[a-z]` one of a set, `{a,b}`
/// one of some, `**` any characters at all, and `**/` any directories or none.
///
/// One with a `/` is about the path below the watched directory, any other about the name. Works on
/// bytes: names need not be text.
struct GlobPattern: Sendable, Hashable {
    enum Piece: Sendable, Hashable {
        case byte(UInt8)
        case one
        case set([ClosedRange<UInt8>], isNegated: Bool)
        case many
        case manySteps
        /// Whole steps or none: the two pieces behind it, which are `manySteps` and a `/`, may be left out.
        case steps

        /// Whether it takes a byte.
        func takes(_ byte: UInt8) -> Bool {
            switch self {
            case .byte(let own): byte == own
            case .one, .many: byte != UInt8(ascii: "/")
            case .set(let ranges, let isNegated):
                byte != UInt8(ascii: "/") && ranges.contains { $0.contains(byte) } != isNegated
            case .manySteps: true
            case .steps: false
            }
        }

        /// Whether it takes more bytes behind that.
        var staysPut: Bool { self == .many || self == .manySteps }
    }

    let alternatives: [[Piece]]
    /// Whether it is about whole paths.
    let isAboutPath: Bool
    /// Whether it is about names that begin with a dot.
    let takesHidden: Bool
    /// Whether it is about the backups of editors.
    let takesBackups: Bool

    init(_ text: String) {
        let bytes = Array(text.utf8)
        isAboutPath = bytes.contains(UInt8(ascii: "/"))
        let name = bytes.split(separator: UInt8(ascii: "/")).last ?? []
        takesHidden = name.first == UInt8(ascii: ".")
        takesBackups = Self.isBackup(name)
        alternatives = Self.spread(bytes).map(Self.pieces)
    }

    /// Whether it fits a path below the watched directory.
    func matches(_ path: [UInt8], name: [UInt8]) -> Bool {
        let subject = isAboutPath ? path : name
        return alternatives.contains { Self.fits($0, subject) }
    }

    /// Whether an editor keeps such names beside the file that it edits: `name~`, `#name#`.
    static func isBackup(_ name: some BidirectionalCollection<UInt8>) -> Bool {
        let mark = UInt8(ascii: "#")
        return name.last == UInt8(ascii: "~")
            || name.count > 1 && name.first == mark && name.last == mark
    }

    /// Each way to read `{a,b}`; at most 64, as declarations may have.
    private static func spread(_ bytes: [UInt8]) -> [[UInt8]] {
        guard let (open, close) = braces(bytes) else { return [bytes] }
        let spread = choices(bytes[(open + 1)..<close]).flatMap { choice in
            Self.spread(Array(bytes[..<open]) + choice + bytes[(close + 1)...])
        }
        return Array(spread.prefix(64))
    }

    /// The first braces that stand neither behind a `\\` nor in a set.
    private static func braces(_ bytes: [UInt8]) -> (open: Int, close: Int)? {
        var open: Int?
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\\"): index += 1
            case UInt8(ascii: "[") where open == nil:
                var end = index + 1
                if set(bytes, &end) != nil { index = end - 1 }
            case UInt8(ascii: "{"): open = open ?? index
            case UInt8(ascii: "}"): if let open { return (open, index) }
            default: break
            }
            index += 1
        }
        return nil
    }

    private static func choices(_ bytes: ArraySlice<UInt8>) -> [[UInt8]] {
        var choices: [[UInt8]] = [[]]
        var isQuoted = false
        for byte in bytes {
            if byte == UInt8(ascii: ","), !isQuoted {
                choices.append([])
            } else {
                choices[choices.count - 1].append(byte)
            }
            isQuoted = byte == UInt8(ascii: "\\") && !isQuoted
        }
        return choices
    }

    private static func pieces(_ bytes: [UInt8]) -> [Piece] {
        var pieces: [Piece] = []
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "*"):
                let isDouble = index < bytes.count && bytes[index] == UInt8(ascii: "*")
                let isStep = index == 1 || bytes[index - 2] == UInt8(ascii: "/")
                if isDouble { index += 1 }
                // `**/` may stand for no directory at all.
                if isDouble, isStep, index < bytes.count, bytes[index] == UInt8(ascii: "/") {
                    pieces.append(.steps)
                }
                pieces.append(isDouble ? .manySteps : .many)
            case UInt8(ascii: "?"): pieces.append(.one)
            case UInt8(ascii: "["):
                guard let set = set(bytes, &index) else {
                    pieces.append(.byte(byte))
                    continue
                }
                pieces.append(set)
            case UInt8(ascii: "\\") where index < bytes.count:
                pieces.append(.byte(bytes[index]))
                index += 1
            default: pieces.append(.byte(byte))
            }
        }
        return pieces
    }

    private static func set(_ bytes: [UInt8], _ index: inout Int) -> Piece? {
        var place = index
        let isNegated = place < bytes.count && "!^".utf8.contains(bytes[place])
        if isNegated { place += 1 }
        guard place < bytes.count,
            let end = bytes[(place + 1)...].firstIndex(of: UInt8(ascii: "]"))
        else { return nil }
        var ranges: [ClosedRange<UInt8>] = []
        while place < end {
            let low = bytes[place]
            if place + 2 < end, bytes[place + 1] == UInt8(ascii: "-"), low <= bytes[place + 2] {
                ranges.append(low...bytes[place + 2])
                place += 3
            } else {
                ranges.append(low...low)
                place += 1
            }
        }
        index = end + 1
        return .set(ranges, isNegated: isNegated)
    }

    /// Goes back to the last `*` of each kind only, so that the time is bounded.
    private static func fits(_ pieces: [Piece], _ subject: [UInt8]) -> Bool {
        // Which pieces may be reached after the bytes so far; one row of a table.
        var reached = [Bool](repeating: false, count: pieces.count + 1)
        reached[0] = true
        skipEmpty(pieces, &reached)
        for byte in subject {
            var next = [Bool](repeating: false, count: pieces.count + 1)
            for (index, piece) in pieces.enumerated() where reached[index] && piece.takes(byte) {
                next[piece.staysPut ? index : index + 1] = true
            }
            skipEmpty(pieces, &next)
            reached = next
        }
        return reached[pieces.count]
    }

    private static func skipEmpty(_ pieces: [Piece], _ reached: inout [Bool]) {
        for (index, piece) in pieces.enumerated() where reached[index] {
            if piece == .many || piece == .manySteps || piece == .steps {
                reached[index + 1] = true
            }
            if piece == .steps { reached[index + 3] = true }
        }
    }
}
