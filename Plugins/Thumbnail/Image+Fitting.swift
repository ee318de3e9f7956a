extension Image {
    /// The image shrunk so that its longer side is `size` at most; never enlarged.
    ///
    /// Each new pixel is the average of those it covers.
    func fitted(into size: Int) -> Image {
        let longer = max(width, height)
        guard longer > size else { return self }
        let newWidth = max(1, width * size / longer)
        let newHeight = max(1, height * size / longer)
        let columns = Self.spans(from: width, to: newWidth)
        let rows = Self.spans(from: height, to: newHeight)
        let small = pixels.withUnsafeBufferPointer { large in
            [UInt8](unsafeUninitializedCapacity: newWidth * newHeight * 4) { target, count in
                for row in rows {
                    for column in columns {
                        Self.average(large, width, row, column, into: target, at: count)
                        count += 4
                    }
                }
            }
        }
        return Image(width: newWidth, height: newHeight, pixels: small)
    }

    /// The old columns or rows that each new one covers.
    private static func spans(from old: Int, to new: Int) -> [Range<Int>] {
        (0..<new).map { index in
            let start = index * old / new
            return start..<max(start + 1, (index + 1) * old / new)
        }
    }

    /// Averages a rectangle; colours count as much as they are opaque.
    private static func average(
        _ pixels: UnsafeBufferPointer<UInt8>,
        _ width: Int,
        _ rows: Range<Int>,
        _ columns: Range<Int>,
        into target: UnsafeMutableBufferPointer<UInt8>,
        at place: Int
    ) {
        var (red, green, blue, alpha) = (0, 0, 0, 0)
        for row in rows {
            for column in columns {
                let pixel = (row * width + column) * 4
                let weight = Int(pixels[pixel + 3])
                red += Int(pixels[pixel]) * weight
                green += Int(pixels[pixel + 1]) * weight
                blue += Int(pixels[pixel + 2]) * weight
                alpha += weight
            }
        }
        let weight = max(1, alpha)
        target[place] = UInt8(red / weight)
        target[place + 1] = UInt8(green / weight)
        target[place + 2] = UInt8(blue / weight)
        target[place + 3] = UInt8(alpha / (rows.count * columns.count))
    }
}
