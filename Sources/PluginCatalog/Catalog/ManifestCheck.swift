internal import FunctionModel

/// Checks what a plugin declared as far as it can be judged without the other plugins.
enum ManifestCheck {
    /// The most functions that one plugin may have.
    static let functionLimit = 1_000

    /// What to keep of a probe.
    ///
    /// - Throws: `PluginRefusal` when names are invalid or double, or there are too many functions.
    static func record(
        _ report: ProbeReport,
        entrySymbol: String,
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
        guard manifest.functions.count <= functionLimit else {
            throw refuse(
                "it declares \(manifest.functions.count) functions, and \(functionLimit) are the "
                    + "most a plugin may have"
            )
        }
        var seen: Set<String> = []
        for function in manifest.functions where !seen.insert(function.name).inserted {
            throw refuse("it declares the function '\(function.name)' twice")
        }
        return ImageRecord(
            entrySymbol: entrySymbol,
            manifest: manifest,
            loadMicroseconds: Int(report.load / .microseconds(1)),
            startMicroseconds: Int(report.start / .microseconds(1))
        )
    }
}
