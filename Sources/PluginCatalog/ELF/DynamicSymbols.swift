/// The symbols that the loader binds: offered and wanted ones.
struct DynamicSymbols: Sendable {
    var exports: [String] = []
    var entries: [String] = []
    var imports: [ELFImage.Import] = []

    /// More symbols than any library has.
    private static let limit: UInt64 = 1 << 20

    init(
        _ bytes: borrowing ELFBytes,
        _ header: ELFHeader,
        _ dynamic: DynamicSection
    ) throws(ELFProblem) {
        guard let table = dynamic.symbols else { return }
        let count = try Self.count(bytes, header, dynamic)
        guard count <= Self.limit else { throw .malformed("it has \(count) symbols") }
        let versionNames = try Self.versionNames(bytes, dynamic)
        var names = NameAllowance()
        for index in 0..<count where index > 0 {
            let entry = table.addingSaturating(index * 24)
            let info: UInt8 = try bytes.integer(entry.addingSaturating(4))
            let binding = info >> 4
            // Local symbols are nobody's business; 1 is global, 2 weak, 10 unique.
            guard binding == 1 || binding == 2 || binding == 10 else { continue }
            let place = UInt64(try bytes.integer(entry, as: UInt32.self))
            let name = try names.take(try dynamic.name(place, bytes))
            let visibility: UInt8 = try bytes.integer(entry + 5)
            let section: UInt16 = try bytes.integer(entry + 6)
            if section == 0 {
                var version: String?
                if let versions = dynamic.versions {
                    let number: UInt16 = try bytes.integer(versions.addingSaturating(index * 2))
                    version = versionNames[number & 0x7fff]
                }
                imports.append(.init(name: name, version: version, isWeak: binding == 2))
            } else if visibility & 3 == 0 || visibility & 3 == 3 {
                exports.append(name)
                let isFunction = info & 15 == 2
                if isFunction, name.hasPrefix(ELFImage.entryPrefix) { entries.append(name) }
            }
        }
    }

    /// The number of symbols, which no table states outright.
    private static func count(
        _ bytes: borrowing ELFBytes,
        _ header: ELFHeader,
        _ dynamic: DynamicSection
    ) throws(ELFProblem) -> UInt64 {
        if let hash = dynamic.hash {
            return UInt64(try bytes.integer(hash.addingSaturating(4), as: UInt32.self))
        }
        if let hash = dynamic.gnuHash { return try count(bytes, gnuHash: hash) }
        return header.sections.first { $0.type == 11 }.map { $0.size / 24 } ?? 0
    }

    /// Finds the last symbol by way of the buckets: the highest chain's end.
    private static func count(
        _ bytes: borrowing ELFBytes,
        gnuHash table: UInt64
    ) throws(ELFProblem) -> UInt64 {
        let bucketCount = UInt64(try bytes.integer(table, as: UInt32.self))
        let firstSymbol = UInt64(try bytes.integer(table + 4, as: UInt32.self))
        let bloomWords = UInt64(try bytes.integer(table + 8, as: UInt32.self))
        guard bucketCount <= limit else { throw .malformed("its symbol hash table is too large") }
        let buckets = table + 16 + bloomWords * 8
        var highest: UInt64 = 0
        for index in 0..<bucketCount {
            highest = max(highest, UInt64(try bytes.integer(buckets + index * 4, as: UInt32.self)))
        }
        guard highest >= firstSymbol, highest > 0 else { return firstSymbol }
        let chains = buckets + bucketCount * 4
        while highest < limit {
            let link: UInt32 = try bytes.integer(chains + (highest - firstSymbol) * 4)
            highest += 1
            if link & 1 == 1 { return highest }
        }
        throw .malformed("its symbol hash table has no end")
    }

    /// The names of wanted versions by their numbers.
    private static func versionNames(
        _ bytes: borrowing ELFBytes,
        _ dynamic: DynamicSection
    ) throws(ELFProblem) -> [UInt16: String] {
        guard var library = dynamic.neededVersions else { return [:] }
        var names: [UInt16: String] = [:]
        var allowance = NameAllowance()
        for _ in 0..<min(dynamic.neededVersionCount, 1_024) {
            let count: UInt16 = try bytes.integer(library.addingSaturating(2))
            let first: UInt32 = try bytes.integer(library.addingSaturating(8))
            let next: UInt32 = try bytes.integer(library.addingSaturating(12))
            var version = library.addingSaturating(UInt64(first))
            for _ in 0..<min(count, 1_024) {
                let number: UInt16 = try bytes.integer(version.addingSaturating(6))
                let name: UInt32 = try bytes.integer(version.addingSaturating(8))
                let following: UInt32 = try bytes.integer(version.addingSaturating(12))
                names[number & 0x7fff] = try allowance.take(try dynamic.name(UInt64(name), bytes))
                if following == 0 { break }
                version = version.addingSaturating(UInt64(following))
            }
            if next == 0 { break }
            library = library.addingSaturating(UInt64(next))
        }
        return names
    }
}
