import Airports
import FunctionSDK
import FunctionTesting
import Testing

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

    @Test(arguments: [
        ("jfk", "KJFK"), ("EDDF", "EDDF"), ("frankf main", "EDDF"), ("zurich", "LSZH"),
    ])
    func findsByCodeAndByBeginningsOfWords(text: String, icao: String) async throws {
        let host = try TestHost(entry: Airports.entry)
        let query = text.replacing(" ", with: "+")
        let found = try await host.invoke(
            "search",
            .http(.get, "/airports/search?text=\(query)&limit=9")
        )
        .decode([Airport].self)
        #expect(found.contains { $0.icao == icao }, "\(found)")
    }
}
