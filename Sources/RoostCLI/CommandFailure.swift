internal import Foundation
internal import FunctionModel
internal import NIOCore

#if canImport(Glibc)
internal import Glibc
#endif

/// Why a command ends with another exit code than 0, in a sentence that says what to do.
public struct CommandFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The exit codes of `roost`, for scripts.
    public enum Code: Int32, Sendable, CaseIterable {
        /// Done; the invocation succeeded.
        case succeeded = 0
        /// It could not be done; the invocation failed.
        case failed = 1
        /// The command line makes no sense.
        case usage = 2
        /// No host is reachable.
        case unreachable = 3
        /// There is nothing of that name.
        case notFound = 4
        /// The invocation crashed, was lost, or passed a limit.
        case faulted = 5
        /// The invocation was rejected or cancelled; trying again later may help.
        case rejected = 6

        /// What it means, for the help.
        var meaning: String {
            switch self {
            case .succeeded: "succeeded"
            case .failed: "failed or refused"
            case .usage: "the command line or the settings make no sense"
            case .unreachable: "no host reachable"
            case .notFound: "nothing of that name"
            case .faulted: "the invocation crashed, was lost or passed a limit"
            case .rejected: "the invocation was rejected or cancelled"
            }
        }

        /// All of them, in a sentence.
        public static var sentence: String {
            let all = allCases.map { "\($0.rawValue) \($0.meaning)" }
            return "Exit codes: " + all.joined(separator: "; ") + "."
        }
    }

    /// The exit code.
    public var code: Code
    /// The sentence; empty when everything has been said.
    public var description: String

    /// Ends a command.
    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// No host answers where one was looked for.
    static func noHost(at endpoint: AdminClient.Endpoint, because error: any Error) -> Self {
        switch endpoint {
        case .socket(let path):
            let home = path.hasSuffix("/admin.sock") ? String(path.dropLast(11)) : path
            return Self(
                .unreachable,
                "no host is running with home \(home): start one with `roost serve --home \(home)`, "
                    + "or say with --home or ROOST_HOME where yours lives\(Self.cause(error))"
            )
        case .network(let host, let port, _):
            return Self(
                .unreachable,
                "no host answers at \(host):\(port): check --admin of `roost serve`\(Self.cause(error))"
            )
        }
    }

    /// The system's word for why there is no connection; nothing where the sentence says it already.
    private static func cause(_ error: any Error) -> String {
        guard let failure = error as? IOError else { return " (\(error))" }
        if failure.errnoCode == ENOENT || failure.errnoCode == ECONNREFUSED { return "" }
        return " (\(String(cString: strerror(failure.errnoCode))))"
    }

    /// What a reply of the admin API with an error status says.
    static func refused(_ reply: AdminClient.Reply) -> Self {
        let detail: String
        do {
            detail = try JSONDecoder().decode(ProblemReply.self, from: reply.data).detail ?? ""
        } catch {
            // Not a problem of this API: something else answers at that address.
            detail = ""
        }
        let code: Code =
            switch reply.status {
            case 404: .notFound
            case 400: .usage
            case 401, 403: .unreachable
            default: .failed
            }
        return Self(code, detail.isEmpty ? "the host answered with status \(reply.status)" : detail)
    }

    /// The exit code that an outcome stands for.
    static func code(of outcome: Outcome) -> Code {
        switch outcome {
        case .succeeded: .succeeded
        case .failed: .failed
        case .crashed, .timedOut, .cpuExceeded, .memoryExceeded, .lost: .faulted
        case .cancelled, .rejected: .rejected
        }
    }
}

/// What is read of an error reply (RFC 9457).
struct ProblemReply: Decodable, Equatable {
    var type: String?
    var detail: String?
    var reason: String?
}

extension AdminClient.Reply {
    /// The body for decoders.
    var data: Data { Data(body.readableBytesView) }

    /// Whether the status says that it worked.
    var isFine: Bool { (200...299).contains(status) }
}
