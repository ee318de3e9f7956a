internal import FunctionModel

/// What all functions have in common, written once and referred to.
enum SharedParts {
    /// A parameter of a path.
    static func pathParameter(_ name: String) -> JSONValue {
        [
            "name": .text(name), "in": "path", "required": true,
            "schema": ["type": "string", "minLength": 1],
        ]
    }

    /// The header fields that every call understands.
    static func callParameters(changes: Bool) -> [JSONValue] {
        var names = ["Prefer"]
        if changes { names += ["Idempotency-Key"] + DeliveryKey.allCases.map(\.shownField) }
        return names.map { ["$ref": .text("#/components/parameters/\($0)")] }
    }

    /// A reply with the fields that every reply has, and further ones.
    static func reply(
        _ content: JSONValue,
        _ words: String,
        fields: [String] = []
    ) -> JSONValue {
        let names = ["Roost-Invocation-Id", "Roost-Outcome", "Server-Timing"] + fields
        let headers = names.map { name -> (String, JSONValue) in
            (name, ["$ref": .text("#/components/headers/\(name)")])
        }
        return [
            "description": .text(words), "headers": .members(headers), "content": content,
        ]
    }

    /// A reply that says what went wrong.
    static func problem(
        _ words: String,
        schema: String = "Problem",
        fields: [String] = []
    ) -> JSONValue {
        let schema: JSONValue = ["$ref": .text("#/components/schemas/\(schema)")]
        return reply(["application/problem+json": ["schema": schema]], words, fields: fields)
    }

    static let adminToken: JSONValue = [
        "adminToken": [
            "type": "http", "scheme": "bearer", "description": "What `admin.token` holds.",
        ]
    ]

    // MARK: - Components

    static let components: JSONValue = [
        "parameters": parameters, "headers": headers, "responses": responses,
    ]

    private static var parameters: JSONValue {
        let key: JSONValue = [
            "name": "Idempotency-Key", "in": "header",
            "description": "Makes one call of several that change something.",
            "schema": ["type": "string", "minLength": 1, "maxLength": 255],
        ]
        let prefer: JSONValue = [
            "name": "Prefer", "in": "header",
            "description": """
            `respond-async`: the call is queued, and the reply is a 202 as soon as it is on disk. \
            `respond-async, wait=5` answers as usual where it ends in five seconds.
            """,
            "schema": ["type": "string"],
        ]
        let wishes = DeliveryKey.allCases.map { key -> (String, JSONValue) in
            let wish: JSONValue = [
                "name": .text(key.shownField), "in": "header",
                "description": .text("\(words(key)) Goes with `Prefer: respond-async`."),
                "schema": ["type": "string"],
            ]
            return (key.shownField, wish)
        }
        return .members([("Prefer", prefer), ("Idempotency-Key", key)] + wishes)
    }

    private static func words(_ key: DeliveryKey) -> String {
        switch key {
        case .delay: "Not before this time from now: `30s`, `5m`, `2h` or `7d`."
        case .notBefore: "Not before this instant."
        case .deadline: "Not started after: a time from now, or an instant."
        case .orderingKey: "Calls of a function that share it run one at a time, in their order."
        case .priority: "-1000 to 1000: higher ones of the function first."
        case .maximumAttempts: "How often it is tried."
        case .maximumAge: "For how long it is tried."
        case .timeout: "A tighter limit than the function's own."
        case .callback: "A URL that hears of the end."
        case .onSuccess: "A URL that hears of a success."
        case .onFailure: "A URL that hears when it is given up."
        }
    }

    private static let headers: JSONValue = [
        "Roost-Invocation-Id": [
            "description": "Names the call, in logs and records too.",
            "schema": ["type": "string"],
        ],
        "Roost-Outcome": [
            "description": "How it ended; a stream's head lacks it.",
            "schema": [
                "type": "string",
                "enum": .list(Outcome.allCases.map { .text($0.rawValue) }),
            ],
        ],
        "Server-Timing": [
            "description": "Times in milliseconds; a stream's head lacks them.",
            "schema": ["type": "string"],
        ],
        "Retry-After": [
            "description": "Seconds to wait before another attempt.",
            "schema": ["type": "integer", "minimum": 0],
        ],
    ]

    private static var responses: JSONValue {
        func later(_ words: String) -> JSONValue { problem(words, fields: ["Retry-After"]) }
        return [
            "Accepted": accepted,
            "BadRequest": problem("The request breaks a rule, or can't be decoded."),
            "BadArgument": problem(
                "An argument doesn't fit the signature; `pointer` leads to it.",
                schema: "ArgumentProblem"
            ),
            "KeyConflict": problem("The reply under this Idempotency-Key isn't there to be given."),
            "TooLarge": problem("The body is larger than the function takes."),
            "KeyReused": problem("The Idempotency-Key was used with another request."),
            "TooManyRequests": later("A rate, concurrency or queue limit is reached."),
            "Failed": problem("The function failed."),
            "Crashed": problem("The function crashed, was lost, or took too much memory."),
            "Unavailable": later("The function or the host pauses."),
            "TimedOut": problem("A limit of time was passed."),
            "Other": reply(
                [
                    "application/problem+json": [
                        "schema": ["$ref": "#/components/schemas/Problem"]
                    ],
                    "*/*": [:],
                ],
                "A problem, or a status of the function's own."
            ),
        ]
    }
}
