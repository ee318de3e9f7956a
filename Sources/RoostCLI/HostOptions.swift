public import ArgumentParser
internal import Foundation

/// Which host a command talks to.
public struct HostOptions: ParsableArguments {
    @Option(
        name: .customLong("home"),
        help: ArgumentHelp(
            "The host's home directory (default: $ROOST_HOME, else ./.roost).",
            valueName: "dir"
        )
    )
    var givenHome: String?

    @Option(
        help: ArgumentHelp(
            "Talk to the admin listener at this address, with the token of the home directory or "
                + "$ROOST_ADMIN_TOKEN, instead of the socket.",
            valueName: "host:port"
        )
    )
    var admin: String?

    /// Takes its values from the command line.
    public init() {}

    /// The home directory.
    var home: String {
        Self.home(given: givenHome, environment: ProcessInfo.processInfo.environment)
    }

    /// A client of that host.
    ///
    /// - Throws: `CommandFailure` when the address makes no sense or there is no token for it.
    func client() throws -> AdminClient {
        guard let admin else { return AdminClient(.socket(path: "\(home)/admin.sock")) }
        guard let colon = admin.lastIndex(of: ":"),
            let port = Int(admin[admin.index(after: colon)...]), (1...65_535).contains(port)
        else {
            throw CommandFailure(.usage, "--admin takes host:port, for example 127.0.0.1:8081")
        }
        let host = admin[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        return AdminClient(.network(host: host, port: port, token: try token()))
    }

    static func home(given: String?, environment: [String: String]) -> String {
        let home = given ?? environment["ROOST_HOME"] ?? ""
        return home.isEmpty ? "./.roost" : home
    }

    private func token() throws -> String {
        if let token = ProcessInfo.processInfo.environment["ROOST_ADMIN_TOKEN"] { return token }
        let path = "\(home)/admin.token"
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
        } catch {
            throw CommandFailure(
                .unreachable,
                "can't read the admin token in \(path): name the host's home with --home, or put the "
                    + "token into ROOST_ADMIN_TOKEN (\(error.localizedDescription))"
            )
        }
    }
}

/// How a command shows what it found.
public struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON, for scripts.")
    var json = false

    /// Takes its values from the command line.
    public init() {}
}
