internal import FunctionModel

/// What a look at an image found that is kept with it.
struct StagedImage: Sendable {
    /// The name of its entry.
    var entrySymbol: String
    /// How much of the file a loader maps, in bytes from its start.
    var loadedBytes: Int
}

/// Checks what a plugin declared as far as it can be judged without the other plugins.
enum ManifestCheck {
    /// What to keep of a probe.
    ///
    /// - Throws: `PluginRefusal` when names are invalid or double, or there are too many functions.
    static func record(
        _ report: ProbeReport,
        of image: StagedImage,
        file: String
    ) throws(PluginRefusal) -> ImageRecord {
        let manifest = report.manifest
        func refuse(_ what: String) -> PluginRefusal {
            PluginRefusal(kind: "invalidManifest", message: "\(file) can't be served: \(what).")
        }
        do {
            _ = try FunctionName.checked(manifest.plugin)
            for function in manifest.functions { _ = try FunctionName.checked(function.name) }
        } catch {
            throw refuse("\(error)")
        }
        guard !manifest.functions.isEmpty else { throw refuse("it declares no function") }
        guard manifest.functions.count <= Manifest.maximumFunctions else {
            throw refuse(
                "it declares \(manifest.functions.count) functions, and "
                    + "\(Manifest.maximumFunctions) are the most a plugin may have"
            )
        }
        var seen: Set<String> = []
        for function in manifest.functions where !seen.insert(function.name).inserted {
            throw refuse("it declares the function '\(function.name)' twice")
        }
        return ImageRecord(
            entrySymbol: image.entrySymbol,
            manifest: manifest,
            loadedBytes: image.loadedBytes,
            loadMicroseconds: Int(report.load / .microseconds(1)),
            startMicroseconds: Int(report.start / .microseconds(1))
        )
    }
}
