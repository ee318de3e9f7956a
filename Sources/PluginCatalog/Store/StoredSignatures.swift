public import ForeignSignatures
public import FunctionModel
internal import Platform

/// The signatures that a stored image holds.
public enum StoredSignatures {
    /// Reads the signature file of a version; `nil` where it is no C library.
    ///
    /// Waits for the disk.
    ///
    /// - Throws: an error where the image can't be read, or is another one.
    public static func read(_ version: PluginVersion) throws -> SignatureFile? {
        guard version.manifest.foreign == true else { return nil }
        let image = try FileIO.open(version.imagePath, .read)
        let head = try FileIO.read(image, 0..<ForeignImage.headCount)
        guard let parts = ForeignImage.parts(head.span, size: try FileIdentity(image).size) else {
            throw PluginRefusal(
                kind: "damaged",
                message: "the stored image of '\(version.manifest.plugin)' has no signatures"
            )
        }
        let json = try FileIO.read(image, parts.signatures)
        return try SignatureFile(json: json, name: version.manifest.plugin)
    }
}
