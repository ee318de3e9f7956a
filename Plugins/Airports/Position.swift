import Glibc

/// A place on the Earth, in degrees.
struct Position: Codable, Sendable {
    var latitude: Double
    var longitude: Double

    /// Whether there is such a place.
    var isValid: Bool { abs(latitude) <= 90 && abs(longitude) <= 180 }

    /// The way along the surface, by the haversine formula on a sphere.
    func kilometres(to other: Position) -> Double {
        let radius = 6_371.0
        let (here, there) = (Self.radians(latitude), Self.radians(other.latitude))
        let north = sin((there - here) / 2)
        let east = sin(Self.radians(other.longitude - longitude) / 2)
        let chord = north * north + cos(here) * cos(there) * east * east
        return 2 * radius * asin(min(1, chord.squareRoot()))
    }

    private static func radians(_ degrees: Double) -> Double { degrees * .pi / 180 }
}
