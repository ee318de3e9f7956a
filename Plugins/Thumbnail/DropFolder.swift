import FunctionSDK

/// A drop folder: a picture that is put into it can be looked at small a moment later.
///
/// One function is told of files and makes the pictures, another keeps them among its own values and
/// shows them: so neither writes a file, and both run without any permission.
enum DropFolder {
    static let size = 256

    static var functions: [Function] { [shrink, gallery] }

    private static let shrink = Function(
        "shrink",
        .files("pictures", matching: "*.{jpg,jpeg,png}", largest: .mebibytes(32)),
        summary: "Makes small pictures of those in the folder.",
        limits: Limits(memory: .mebibytes(512)),
        isolation: .process,
        idempotent: true
    ) { (file: FileEvent, context) in
        let image = try context.read(file, limit: 32 << 20)
        guard let kind = Image.Kind(of: image) else {
            // Another attempt would find the same.
            throw FunctionError(status: 415, message: "\(file.path) is neither JPEG nor PNG.")
        }
        let small = try Image(decoding: image, atLeast: size).fitted(into: size)
        let picture = try small.encoded(as: kind, quality: 80)
        let reply = try context.invoke(
            "thumbnail.gallery",
            raw: Array(file.path.utf8) + [0] + picture
        )
        guard reply.succeeded else {
            throw FunctionError(status: 503, message: "The gallery said: \(reply.errorMessage)")
        }
        context.logger.info("\(picture.count) bytes kept", metadata: ["path": file.path])
    }

    /// Called by the other function it keeps a picture: its name, a zero, its bytes.
    private static let gallery = Function(
        "gallery",
        .http(.get, "/thumbnails/{name}"),
        summary: "Keeps small pictures and shows them."
    ) { (message: [UInt8], context) -> Response in
        guard context.trigger == .call else { return try show(context) }
        let end = message.firstIndex(of: 0) ?? message.endIndex
        let name = String(decoding: message[..<end], as: UTF8.self)
        try context.state.set(name, raw: Array(message[end...].dropFirst()))
        return Response(status: 204)
    }

    private static func show(_ context: FunctionContext) throws -> Response {
        let name = context.request?.parameters["name"] ?? ""
        guard let picture = try context.state.rawEntry(name)?.value else {
            throw FunctionError(status: 404, message: "There is no picture '\(name)'.")
        }
        return Response(contentType: Image.Kind(of: picture)?.mediaType ?? "", body: picture)
    }
}
