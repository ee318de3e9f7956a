internal import Configuration
internal import FunctionModel

/// Puts the settings together from what was given.
///
/// Pure: texts in, settings or all their problems out.
public struct SettingsReader: Sendable {
    /// A settings file's name and text.
    public struct File: Sendable {
        /// The name that problems are reported under, such as `roost.yaml`.
        public var name: String
        /// What is in it.
        public var text: String

        /// Describes a file.
        public init(name: String = "roost.yaml", text: String) {
            self.name = name
            self.text = text
        }
    }

    /// The flags that `serve` was given, without dashes, as written: `["listen": "127.0.0.1:0"]`.
    public var flags: [String: String]
    /// The environment.
    public var environment: [String: String]

    /// Describes a start.
    ///
    /// Both stay the same for as long as the host runs; the file may change.
    public init(flags: [String: String], environment: [String: String]) {
        self.flags = flags
        self.environment = environment
    }

    /// The home, which is known before the file in it.
    ///
    /// - Throws: `InvalidSettings` when it is empty.
    public func home() throws(InvalidSettings) -> String {
        var settings = Settings()
        var problems: [SettingsProblem] = []
        read(.home, file: nil, into: &settings, &problems)
        guard problems.isEmpty else { throw InvalidSettings(problems: problems) }
        return settings.home
    }

    /// Reads everything.
    ///
    /// - Throws: `InvalidSettings` with every problem there is.
    public func settings(file: File?) throws(InvalidSettings) -> Settings {
        var settings = Settings()
        var problems: [SettingsProblem] = []
        var values: [PlainSetting: FileValue] = [:]
        if let file {
            var reader = SettingsFileReader(name: file.name)
            values = reader.read(file.text, into: &settings)
            problems = reader.problems
        }
        let known = PlainSetting.allCases.map(\.flag)
        for flag in flags.keys.sorted() where !known.contains(flag) {
            let meant = Nearest.match(flag, among: known).map { "; did you mean --\($0)?" } ?? ""
            problems.append(SettingsProblem(place: "--\(flag)", message: "no such flag\(meant)"))
        }
        for setting in PlainSetting.allCases {
            read(setting, file: values[setting], into: &settings, &problems)
        }
        guard problems.isEmpty else { throw InvalidSettings(problems: problems) }
        return settings
    }

    /// Takes the first of flag, variable and file, and notes where the value came from.
    private func read(
        _ setting: PlainSetting,
        file: FileValue?,
        into settings: inout Settings,
        _ problems: inout [SettingsProblem]
    ) {
        var origin = "default"
        var given: (place: String, text: String)?
        if let text = flags[setting.flag] {
            (origin, given) = ("flag", ("--\(setting.flag)", text))
        } else if let text = variable(setting) {
            (origin, given) = ("environment", (setting.variable, text))
        } else if let file {
            (origin, given) = ("file", (file.place, file.text))
        }
        if let given, let expected = setting.apply(given.text, to: &settings) {
            let message = "'\(given.text)' doesn't do for \(setting.rawValue): write \(expected)"
            problems.append(SettingsProblem(place: given.place, message: message))
        }
        settings.views.append(
            SettingView(
                name: setting.rawValue,
                value: setting.value(in: settings),
                origin: origin
            )
        )
    }

    private func variable(_ setting: PlainSetting) -> String? {
        let provider = EnvironmentVariablesProvider(environmentVariables: environment)
        let path = ["roost"] + setting.flag.split(separator: "-").map(String.init)
        return ConfigReader(provider: provider).string(forKey: ConfigKey(path))
    }
}

/// A plain setting as it stands in the file.
struct FileValue {
    var place: String
    var text: String
}
