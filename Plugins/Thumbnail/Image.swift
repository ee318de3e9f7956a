import CThumbnailCodecs
import FunctionSDK

/// An image as RGBA pixels of 8 bits each.
struct Image {
    /// A file format.
    enum Kind: String {
        case jpeg
        case png

        /// The format of a file's bytes; `nil` when it is another.
        init?(of bytes: [UInt8]) {
            switch Int(codecs_kind(bytes, bytes.count)) {
            case CODECS_JPEG: self = .jpeg
            case CODECS_PNG: self = .png
            default: return nil
            }
        }

        var mediaType: String { "image/\(rawValue)" }
        fileprivate var code: Int32 { Int32(self == .jpeg ? CODECS_JPEG : CODECS_PNG) }
    }

    let width: Int
    let height: Int
    let pixels: [UInt8]
    private(set) var originalWidth: Int
    private(set) var originalHeight: Int

    init(width: Int, height: Int, pixels: [UInt8]) {
        self.width = width
        self.height = height
        self.pixels = pixels
        (originalWidth, originalHeight) = (width, height)
    }

    /// Decodes a file; a large JPEG at a lower resolution where both sides stay at `size` or more.
    ///
    /// - Throws: `FunctionError` with status 400 when the file is broken or too large.
    init(decoding bytes: [UInt8], atLeast size: Int) throws {
        var image = codecs_image()
        let problem = try Self.call { codecs_decode(bytes, bytes.count, UInt32(size), &image, $0) }
        if let problem {
            throw FunctionError(status: 400, message: "The image is broken: \(problem).")
        }
        defer { codecs_free(image.pixels) }
        let count = Int(image.width) * Int(image.height) * 4
        self.init(
            width: Int(image.width),
            height: Int(image.height),
            pixels: Array(UnsafeBufferPointer(start: image.pixels, count: count))
        )
        (originalWidth, originalHeight) = (Int(image.original_width), Int(image.original_height))
    }

    /// Encodes the image as a file.
    ///
    /// - Throws: `FunctionError` with status 500 and the library's own words.
    func encoded(as kind: Kind, quality: Int) throws -> [UInt8] {
        var data: UnsafeMutablePointer<UInt8>?
        var count = 0
        let problem = try Self.call {
            codecs_encode(
                kind.code,
                pixels,
                UInt32(width),
                UInt32(height),
                Int32(quality),
                &data,
                &count,
                $0
            )
        }
        if let problem { throw FunctionError(status: 500, message: "Can't encode: \(problem).") }
        defer { codecs_free(data) }
        return Array(UnsafeBufferPointer(start: data, count: count))
    }

    /// Calls the C code; gives its sentence when it failed.
    private static func call(_ body: (UnsafeMutablePointer<CChar>) -> Int32) throws -> String? {
        try withUnsafeTemporaryAllocation(of: CChar.self, capacity: 200) { buffer in
            buffer.initialize(repeating: 0)
            guard let start = buffer.baseAddress else { throw CancellationError() }
            return body(start) == 0 ? nil : String(cString: start)
        }
    }
}
