/// A node of the syntax tree that clang prints with `-ast-dump=json`, as far as it matters here.
struct SyntaxNode: Decodable {
    struct Written: Decodable {
        var qualType: String
    }

    struct Place: Decodable {
        struct Anything: Decodable {}
        struct Inner: Decodable { var includedFrom: Anything? }

        var includedFrom: Anything?
        var expansionLoc: Inner?
        var spellingLoc: Inner?

        var isElsewhere: Bool {
            includedFrom != nil || expansionLoc?.includedFrom != nil
                || spellingLoc?.includedFrom != nil && expansionLoc == nil
        }
    }

    var kind: String?
    var name: String?
    var type: Written?
    var loc: Place?
    var inner: [SyntaxNode]?
    var tagUsed: String?
    var completeDefinition: Bool?
    var isBitfield: Bool?
    var isImplicit: Bool?
    var variadic: Bool?
    var value: String?

    /// The value of an enum's constant, where it is written out.
    var constant: Int64? {
        for node in inner ?? [] {
            if let value = node.value.flatMap({ Int64($0) }) { return value }
            if let found = node.constant { return found }
        }
        return nil
    }

    private enum CodingKeys: String, CodingKey {
        case kind, name, type, loc, inner, tagUsed, completeDefinition, isBitfield, isImplicit
        case variadic, value
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        kind = try values.decodeIfPresent(String.self, forKey: .kind)
        name = try values.decodeIfPresent(String.self, forKey: .name)
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
