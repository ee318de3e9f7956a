internal import FunctionModel

/// The problems that a request has before a function runs.
extension Problem {
    /// Nothing is at the path.
    static func notFound(_ path: String) -> Problem {
        Problem(404, "not-found", "Not found", "no function answers \(shown(path))")
    }

    /// The path takes other methods.
    static func wrongMethod(_ method: String, _ path: String, allowed: [String]) -> Problem {
        var problem = Problem(
            405,
            "method-not-allowed",
            "Method not allowed",
            "\(shown(path)) takes \(allowed.joined(separator: ", ")), not \(shown(method))"
        )
        problem.allowed = allowed
        return problem
    }

    /// The request breaks HTTP's rules.
    static func badRequest(_ detail: String) -> Problem {
        Problem(400, "bad-request", "Bad request", detail)
    }

    /// The client took too long.
    static func tooSlow(_ what: String) -> Problem {
        Problem(408, "request-timeout", "Request timeout", "\(what) did not arrive in time")
    }

    /// The body is larger than the function takes.
    static func bodyTooLarge(limit: ByteCount) -> Problem {
        Problem(
            413,
            "body-too-large",
            "Body too large",
            "the request body is larger than the \(limit) that the function takes"
        )
    }

    /// The request line is too long.
    static func lineTooLong(limit: ByteCount) -> Problem {
        Problem(
            414,
            "uri-too-long",
            "URI too long",
            "the request line is longer than \(limit)"
        )
    }

    /// `Expect` asks for something unknown.
    static let expectationFailed = Problem(
        417,
        "expectation-failed",
        "Expectation failed",
        "the only expectation that is understood is 100-continue"
    )

    /// There are too many header fields, or they are too large.
    static func headersTooLarge(_ limits: ListenerLimits) -> Problem {
        Problem(
            431,
            "headers-too-large",
            "Headers too large",
            "there are more header fields than \(limits.headerFields), "
                + "or they are larger than \(limits.headers)"
        )
    }

    /// The method is none that a function could take.
    static let notImplemented = Problem(
        501,
        "not-implemented",
        "Not implemented",
        "CONNECT is not offered here"
    )

    /// Another version of HTTP.
    static let wrongVersion = Problem(
        505,
        "version-not-supported",
        "HTTP version not supported",
        "only HTTP/1.0 and HTTP/1.1 are understood"
    )

    /// As many connections as are allowed.
    static func tooManyConnections(_ limit: Int) -> Problem {
        var problem = Problem(
            503,
            "too-many-connections",
            "Too many connections",
            "the host serves at most \(limit) connections at a time"
        )
        problem.retryAfter = .seconds(1)
        return problem
    }

    /// The bodies of all requests together are too large.
    static let noRoomForBody: Problem = {
        var problem = Problem(
            503,
            "no-room",
            "No room for the body",
            "the host holds as many request bodies as it may; try again soon"
        )
        problem.retryAfter = .seconds(1)
        return problem
    }()

    private static func shown(_ text: String) -> String {
        text.utf8.count <= 200 ? "'\(text)'" : "'\(text.prefix(200))…'"
    }
}
