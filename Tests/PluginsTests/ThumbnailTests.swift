import FunctionSDK
import FunctionTesting
import Testing

@testable import Thumbnail

@Suite struct ThumbnailTests {
    /// A picture: red to the right, green to the bottom, half of it transparent where wanted.
    private func picture(width: Int, height: Int, alpha: UInt8 = 255) -> Image {
        var pixels: [UInt8] = []
        for row in 0..<height {
            for column in 0..<width {
                pixels += [UInt8(column * 255 / width), UInt8(row * 255 / height), 40, alpha]
            }
        }
        return Image(width: width, height: height, pixels: pixels)
    }

    private func shrink(_ file: [UInt8], _ query: String = "size=32") async throws -> TestReply {
        let event = TestEvent.http(.post, "/thumbnail?\(query)").body(file)
        return await (try TestHost(entry: Thumbnail.entry)).invoke("thumbnail", event)
    }

    @Test(arguments: [Image.Kind.jpeg, .png])
    func keepsFormatAndProportions(kind: Image.Kind) async throws {
        let file = try picture(width: 200, height: 100).encoded(as: kind, quality: 90)
        let reply = try await shrink(file)
        #expect(reply.contentType == kind.mediaType)
        #expect(Image.Kind(of: reply.body) == kind)
        let small = try Image(decoding: reply.body, atLeast: 1_000)
        #expect((small.width, small.height) == (32, 16))
        #expect(reply.log.map(\.message) == ["200x100 to 32x16"])
    }

    @Test func keepsTheColours() async throws {
        let file = try picture(width: 256, height: 256).encoded(as: .png, quality: 90)
        let small = try Image(decoding: try await shrink(file, "size=16").body, atLeast: 1_000)
        for (x, y) in [(0, 0), (15, 0), (0, 15), (8, 8)] {
            let pixel = (y * 16 + x) * 4
            #expect(abs(Int(small.pixels[pixel]) - (x * 16 + 7)) <= 3)
            #expect(abs(Int(small.pixels[pixel + 1]) - (y * 16 + 7)) <= 3)
            #expect(small.pixels[pixel + 3] == 255)
        }
    }

    @Test func averagesTransparencyWithoutBleedingColours() async throws {
        var pixels: [UInt8] = []
        for index in 0..<64 { pixels += index % 2 == 0 ? [255, 0, 0, 255] : [0, 255, 0, 0] }
        let small = Image(width: 8, height: 8, pixels: pixels).fitted(into: 1)
        #expect(small.pixels == [255, 0, 0, 127])
    }

    @Test func neverEnlarges() async throws {
        let file = try picture(width: 10, height: 5).encoded(as: .png, quality: 90)
        let small = try Image(decoding: try await shrink(file).body, atLeast: 1_000)
        #expect((small.width, small.height) == (10, 5))
    }

    @Test func changesTheFormatOnDemand() async throws {
        let file = try picture(width: 50, height: 50).encoded(as: .png, quality: 90)
        let reply = try await shrink(file, "format=jpeg&quality=50")
        #expect(Image.Kind(of: reply.body) == .jpeg)
    }

    @Test(arguments: [
        ("size=0", 400), ("size=x", 400), ("format=gif", 400), ("quality=101", 400),
    ])
    func refusesImpossibleWishes(query: String, status: Int) async throws {
        let file = try picture(width: 50, height: 50).encoded(as: .png, quality: 90)
        #expect(try await shrink(file, query).status == status)
    }

    @Test func refusesWhatIsNoImage() async throws {
        #expect(try await shrink(Array("GIF89a and so on".utf8)).status == 415)
        #expect(try await shrink([]).status == 415)
    }

    @Test(arguments: [Image.Kind.jpeg, .png])
    func refusesABrokenImage(kind: Image.Kind) async throws {
        let file = try picture(width: 200, height: 100).encoded(as: kind, quality: 90)
        var broken = Array(file.prefix(40))
        broken += [UInt8](repeating: 0, count: 10)
        let reply = try await shrink(broken)
        #expect(reply.status == 400)
        #expect(reply.errorMessage.hasPrefix("The image is broken: "))
    }
}
