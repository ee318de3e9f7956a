import CAirportData

/// One airport of the data.
struct Airport: Codable, Sendable {
    var icao: String
    var iata: String
    var name: String
    var city: String
    var country: String
    var latitude: Double
    var longitude: Double
    var feet: Double

    /// Reads a line of the data; `nil` for one that isn't an airport.
    init?(line: Substring.UTF8View.SubSequence) {
        let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
        guard fields.count == 8, let latitude = Double(fields[5]), let longitude = Double(fields[6])
        else { return nil }
        (icao, iata, name, city, country) = (fields[0], fields[1], fields[2], fields[3], fields[4])
        self.latitude = latitude
        self.longitude = longitude
        feet = Double(fields[7]) ?? 0
    }

    /// All airports; read when first asked for.
    static let all: [Airport] = {
        var count = 0
        let start = airport_data(&count)
        let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
        return text.utf8.split(separator: UInt8(ascii: "\n")).compactMap(Airport.init)
    }()

    /// Whether only the sample was compiled in.
    static var isSample: Bool { airport_data_is_sample() != 0 }
}
