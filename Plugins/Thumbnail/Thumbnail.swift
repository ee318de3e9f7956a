import FunctionSDK

/// What a thumbnail is to be like; comes in the query.
struct Wish {
    var size = 256
    var kind: Image.Kind?
    var quality = 80

    init(_ request: HTTPRequest?) throws {
        if let text = request?.queryValue("size") {
            guard let size = Int(text), (1...2_048).contains(size) else {
                throw FunctionError(
                    status: 400,
                    message: "'size' is 1 to 2048 pixels, not '\(text)'."
                )
            }
            self.size = size
        }
        if let text = request?.queryValue("format") {
            guard let kind = Image.Kind(rawValue: text) else {
                throw FunctionError(status: 400, message: "'format' is jpeg or png, not '\(text)'.")
            }
            self.kind = kind
        }
        if let text = request?.queryValue("quality") {
            guard let quality = Int(text), (1...100).contains(quality) else {
                throw FunctionError(status: 400, message: "'quality' is 1 to 100, not '\(text)'.")
            }
            self.quality = quality
        }
    }
}

// In a cell of its own: images come from anywhere, and the decoders are C.
let thumbnail = Plugin("thumbnail", summary: "Makes small images of large ones.") {
    Function(
        "thumbnail",
        .http(.post, "/thumbnail"),
        summary: "Takes a JPEG or PNG, gives one whose longer side is `size` pixels at most.",
        limits: Limits(memory: .mebibytes(512), requestSize: .mebibytes(32)),
        isolation: .process,
        idempotent: true
    ) { (image: [UInt8], context) in
        let wish = try Wish(context.request)
        guard let kind = Image.Kind(of: image) else {
            throw FunctionError(status: 415, message: "Send a JPEG or PNG image.")
        }
        let large = try Image(decoding: image, atLeast: wish.size)
        let small = large.fitted(into: wish.size)
        context.logger.info(
            "\(large.originalWidth)x\(large.originalHeight) to \(small.width)x\(small.height)"
        )
        let result = wish.kind ?? kind
        return Response(
            contentType: result.mediaType,
            body: try small.encoded(as: result, quality: wish.quality)
        )
    }
    DropFolder.functions
}

/// Exports the plugin.
@c(roost_plugin_thumbnail) public func entry(_ host: HostAPI) -> PluginPointer? {
    thumbnail.export(to: host)
}
