/// Writes the files of a new plugin package.
public enum Scaffold {
    /// The files of a package that builds and tests as it stands.
    ///
    /// - Throws: `CommandFailure` for a template that isn't there.
    public static func files(
        name: String,
        template: ScaffoldTemplate,
        sdk: String
    ) throws -> [ScaffoldFile] {
        throw CommandFailure(
            .failed,
            "the template '\(template.rawValue)' has not been written yet"
        )
    }
}
