/// A node of the syntax tree that clang prints with `-ast-dump=json`, as far as it matters here.
struct SyntaxNode: Decodable {
    struct Written: Decodable {
        var qualType: String
    }

    struct Place: Decodable {
        struct File: Decodable { var file: String? }
        struct Inner: Decodable { var includedFrom: File? }

        var includedFrom: File?
        var expansionLoc: Inner?
        var spellingLoc: Inner?

        /// Who includes the file that it stands in; `nil` where that is the header itself.
        var includer: String? {
            let found =
                includedFrom ?? expansionLoc?.includedFrom
                ?? (expansionLoc == nil ? spellingLoc?.includedFrom : nil)
            return found.map { $0.file ?? "" }
        }
    }

    var kind: String?
    var name: String?
    var mangledName: String?
    var type: Written?
    var loc: Place?
    var inner: [SyntaxNode]?
    var tagUsed: String?
    var completeDefinition: Bool?
    var isBitfield: Bool?
    var isImplicit: Bool?
    var variadic: Bool?
    var value: String?

    /// Whether something says how it lies in memory, so that C's rules don't.
    var hasOwnLayout: Bool {
        let words = ["PackedAttr", "AlignedAttr", "MaxFieldAlignmentAttr"]
        return inner?.contains { words.contains($0.kind ?? "") } ?? false
    }

    /// The value of an enum's constant, where it is written out.
    var constant: Int64? {
        for node in inner ?? [] {
            if let value = node.value.flatMap({ Int64($0) }) { return value }
            if let found = node.constant { return found }
        }
        return nil
    }

    private enum CodingKeys: String, CodingKey {
        case kind, name, mangledName, type, loc, inner, tagUsed, completeDefinition, isBitfield,
            isImplicit
        case variadic, value
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        kind = try values.decodeIfPresent(String.self, forKey: .kind)
        name = try values.decodeIfPresent(String.self, forKey: .name)
        mangledName = try values.decodeIfPresent(String.self, forKey: .mangledName)
        type = try values.decodeIfPresent(Written.self, forKey: .type)
        loc = try values.decodeIfPresent(Place.self, forKey: .loc)
        inner = try values.decodeIfPresent([SyntaxNode].self, forKey: .inner)
        tagUsed = try values.decodeIfPresent(String.self, forKey: .tagUsed)
        completeDefinition = try values.decodeIfPresent(Bool.self, forKey: .completeDefinition)
        isBitfield = try values.decodeIfPresent(Bool.self, forKey: .isBitfield)
        isImplicit = try values.decodeIfPresent(Bool.self, forKey: .isImplicit)
        variadic = try values.decodeIfPresent(Bool.self, forKey: .variadic)
        // Of literals only; other nodes have values of other types.
        value =
            kind == "ConstantExpr" || kind == "IntegerLiteral"
            ? try values.decodeIfPresent(String.self, forKey: .value) : nil
    }
}
