import FunctionSDK
import FunctionTesting
import Testing

@testable import Airports

/// Holds with the full data and with the sample.
@Suite struct AirportsTests {
    private struct Airport: Decodable {
        var iata: String
        var icao: String
    }

    private struct Near: Decodable {
        var kilometres: Double
        var airport: Airport
    }

    private func near(_ query: String) async throws -> TestReply {
        await (try TestHost(entry: Airports.entry)).invoke(
            "near",
            .http(.get, "/airports/near?\(query)")
        )
    }

    @Test(arguments: [
        (48.3538, 11.7861, "EDDM"), (40.6399, -73.7787, "KJFK"), (-33.9461, 151.1772, "YSSY"),
    ])
    func findsTheAirportThatOneStandsOn(
        latitude: Double,
        longitude: Double,
        icao: String
    ) async throws {
        let found = try await near("latitude=\(latitude)&longitude=\(longitude)&limit=3")
            .decode([Near].self)
        #expect(found.first?.airport.icao == icao)
        #expect(found.first.map { $0.kilometres < 3 } == true)
        #expect(found.count == 3)
        #expect(found.map(\.kilometres) == found.map(\.kilometres).sorted())
    }

    @Test func looksAcrossTheDateLine() async throws {
        let found = try await near("latitude=-36.9&longitude=-179.9&limit=100").decode([Near].self)
        #expect(found.contains { $0.airport.iata == "AKL" })
    }

    @Test(arguments: ["latitude=91&longitude=0", "latitude=1&longitude=2&limit=0", "longitude=1"])
    func refusesImpossibleQuestions(query: String) async throws {
        #expect(try await near(query).status == 400)
    }

    private func search(_ text: String, limit: Int = 9) async throws -> [Airport] {
        let host = try TestHost(entry: Airports.entry)
        let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)
        let query = text.utf8.map { byte in
            allowed.contains(byte)
                ? String(Unicode.Scalar(byte))
                : "%" + String(Int(byte) + 256, radix: 16).dropFirst()
        }
        return try await host.invoke(
            "search",
            .http(.get, "/airports/search?text=\(query.joined())&limit=\(limit)")
        )
        .decode([Airport].self)
    }

    @Test(arguments: [
        ("jfk", "KJFK"), ("EDDF", "EDDF"), ("frankf main", "EDDF"), ("zurich", "LSZH"),
    ])
    func findsByCodeAndByBeginningsOfWords(text: String, icao: String) async throws {
        let found = try await search(text)
        #expect(found.contains { $0.icao == icao }, "\(found)")
    }

    @Test(arguments: [
        ("ZRH", "LSZH"), ("San Francisco", "KSFO"), ("san fran", "KSFO"), ("Zurich", "LSZH"),
        ("istanbul airp", "LTFM"), ("london heathrow", "EGLL"), ("Kraków", "EPKK"),
    ])
    func whatFitsBestComesFirst(text: String, icao: String) async throws {
        #expect(try await search(text, limit: 1).map(\.icao) == [icao])
    }

    @Test(arguments: [
        ("Zürich", "LSZH"), ("ZU\u{308}RICH", "LSZH"), ("São Paulo", "SBGR"),
        ("sao paulo", "SBGR"), ("krakow", "EPKK"), ("Kraków", "EPKK"), ("Vaclav Havel", "LKPR"),
        ("montreal", "CYUL"), ("Arnavutkoy", "LTFM"), ("francisco de sa", "LPPR"),
    ])
    func accentsMakeNoDifference(text: String, icao: String) async throws {
        let found = try await search(text)
        #expect(found.contains { $0.icao == icao }, "\(found)")
    }

    @Test(arguments: [
        ("Straße", ["strasse"]), ("Þórshöfn", ["thorshofn"]), ("Ísafjörður", ["isafjordur"]),
        ("ÆRØ Łódź", ["aero", "lodz"]), ("Iğdır, İzmir", ["igdir", "izmir"]),
        ("東京 2", ["東京", "2"]),
        ("-", []), ("São\u{301}", ["sao"]),
    ])
    func wordsAreFolded(text: String, words: [String]) {
        #expect(FoldedWords(text).words == words)
    }
}
