import FunctionSDK

/// Where to look, and how far.
struct NearRequest: Codable {
    var latitude: Double
    var longitude: Double
    var limit: Int?
}

struct SearchRequest: Codable {
    var text: String
    var limit: Int?
}

/// An airport with its way from the place that was asked for.
struct Near: Codable {
    var kilometres: Double
    var airport: Airport
}

let airports = Plugin("airports", summary: "The airports of the world.") {
    Function(
        "near",
        .http(.get, "/airports/near"),
        summary: "The nearest airports.",
        idempotent: true
    ) {
        (request: NearRequest, context) in
        let place = Position(latitude: request.latitude, longitude: request.longitude)
        guard place.isValid else {
            throw FunctionError(status: 400, message: "There is no such place on Earth.")
        }
        return nearest(to: place, try checked(request.limit))
    }
    Function(
        "search",
        .http(.get, "/airports/search"),
        summary: "Airports by words.",
        idempotent: true
    ) {
        (request: SearchRequest, context) in
        search(request.text, try checked(request.limit))
    }
}
.onLoad { context in
    // Once per worker, before its first request.
    let count = SearchEntry.all.count
    context.logger.info("\(count) airports\(Airport.isSample ? ", a sample" : "")")
}

private func checked(_ limit: Int?) throws -> Int {
    let limit = limit ?? 5
    guard (1...100).contains(limit) else {
        throw FunctionError(status: 400, message: "'limit' is 1 to 100, not \(limit).")
    }
    return limit
}

private func nearest(to place: Position, _ limit: Int) -> [Near] {
    let ranked = Airport.all.indices.map { index in
        let airport = Airport.all[index]
        let there = Position(latitude: airport.latitude, longitude: airport.longitude)
        return (place.kilometres(to: there), index)
    }
    return ranked.sorted { $0.0 < $1.0 }.prefix(limit).map { kilometres, index in
        Near(kilometres: (kilometres * 10).rounded() / 10, airport: Airport.all[index])
    }
}

/// Airports in which every word of the text begins some word, the best first.
private func search(_ text: String, _ limit: Int) -> [Airport] {
    let wanted = FoldedWords(text)
    guard !wanted.words.isEmpty else { return [] }
    return SearchEntry.all
        .compactMap { entry in entry.rank(of: wanted).map { ($0, entry) } }
        .sorted {
            ($0.0, $0.1.standing, $0.1.airport.name) < ($1.0, $1.1.standing, $1.1.airport.name)
        }
        .prefix(limit).map(\.1.airport)
}

/// Exports the plugin.
@c(roost_plugin_airports) public func entry(_ host: HostAPI) -> PluginPointer? {
    airports.export(to: host)
}
