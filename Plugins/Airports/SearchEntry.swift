/// An airport as the search sees it.
struct SearchEntry: Sendable {
    var airport: Airport
    private var codes: [String]
    private var name: [String]
    private var city: [String]

    /// All airports; made when first asked for.
    static let all = Airport.all.map(SearchEntry.init)

    private init(_ airport: Airport) {
        self.airport = airport
        codes = [airport.iata, airport.icao].filter { !$0.isEmpty }.map { $0.lowercased() }
        name = FoldedWords(airport.name).words
        city = FoldedWords(airport.city).words
    }

    /// How well it fits, 0 best; `nil` when it doesn't: its code; its city or name as it is; what
    /// they begin with; whole words of them; beginnings of words.
    func rank(of wanted: FoldedWords) -> Int? {
        if wanted.words.count == 1, codes.contains(wanted.words[0]) { return 0 }
        let own = name + city
        let fits = wanted.words.allSatisfy { want in own.contains { $0.hasPrefix(want) } }
        guard fits else { return nil }
        if city == wanted.words || name == wanted.words { return 1 }
        if [city, name].contains(where: { FoldedWords(words: $0).begin(with: wanted) }) {
            return 2
        }
        return wanted.words.allSatisfy(own.contains) ? 3 : 4
    }

    /// Among those that fit as well: where people fly to from abroad, other airports with a code of
    /// the airlines, the rest.
    var standing: Int {
        if airport.iata.isEmpty { return 2 }
        return name.contains("international") ? 0 : 1
    }
}
