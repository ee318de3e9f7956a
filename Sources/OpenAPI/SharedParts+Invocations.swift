internal import FunctionModel

// Queued calls, and the forms of all replies.
extension SharedParts {
    static var accepted: JSONValue {
        [
            "description": "The call is on disk and will run; `Location` says where to ask.",
            "headers": [
                "Location": ["schema": ["type": "string"]],
                "Preference-Applied": ["schema": ["type": "string"]],
                "Roost-Invocation-Id": ["$ref": "#/components/headers/Roost-Invocation-Id"],
            ],
            "content": [
                "application/json": ["schema": ["$ref": "#/components/schemas/Queued"]]
            ],
        ]
    }

    /// What the host itself answers on the function listener.
    static var paths: [(String, JSONValue)] {
        let id: JSONValue = [
            "name": "id", "in": "path", "required": true, "schema": ["type": "string"],
        ]
        return [
            ("/invocations", ["post": batch]),
            (
                "/invocations/{id}",
                ["parameters": [id], "get": question, "delete": cancellation]
            ),
        ]
    }

    private static var batch: JSONValue {
        [
            "operationId": "queueInvocations", "tags": ["invocations"],
            "summary": "Queue many calls in one commit, all or none.",
            "requestBody": [
                "required": true,
                "content": [
                    "application/json": ["schema": ["$ref": "#/components/schemas/Batch"]]
                ],
            ],
            "responses": [
                "202": [
                    "description": "All are on disk.",
                    "content": [
                        "application/json": [
                            "schema": ["$ref": "#/components/schemas/BatchReceipt"]
                        ]
                    ],
                ],
                "default": ["$ref": "#/components/responses/Other"],
            ],
        ]
    }

    private static var question: JSONValue {
        [
            "operationId": "showInvocation", "tags": ["invocations"],
            "summary": "Say what has become of a queued call; with `Prefer: wait=30` at its end.",
            "parameters": [["$ref": "#/components/parameters/Prefer"]],
            "responses": [
                "200": invocation, "default": ["$ref": "#/components/responses/Other"],
            ],
        ]
    }

    private static var cancellation: JSONValue {
        [
            "operationId": "cancelInvocation", "tags": ["invocations"],
            "summary": "Cancel a queued call that waits or runs.",
            "responses": [
                "200": [
                    "description": "It is cancelled, or has ended meanwhile.",
                    "content": ["application/json": [:]],
                ],
                "202": [
                    "description": "It runs, and has been asked to stop.",
                    "content": [
                        "application/json": ["schema": ["$ref": "#/components/schemas/Queued"]]
                    ],
                ],
                "default": ["$ref": "#/components/responses/Other"],
            ],
        ]
    }

    private static var invocation: JSONValue {
        [
            "description": "Where it stands.",
            "content": [
                "application/json": ["schema": ["$ref": "#/components/schemas/Invocation"]]
            ],
        ]
    }

    // MARK: - Schemas

    /// The forms of replies, with those of C functions behind them.
    static func schemas(with book: SchemaBook) -> JSONValue {
        let own: [(String, JSONValue)] = [
            ("Problem", problemSchema), ("ArgumentProblem", argumentProblem),
            ("Queued", queued), ("Invocation", invocationSchema),
            ("Batch", batchSchema), ("BatchReceipt", receipt),
        ]
        return .members(own + book.schemas.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }

    private static var problemSchema: JSONValue {
        [
            "type": "object",
            "required": ["type", "title", "status", "detail"],
            "properties": [
                "type": ["type": "string", "description": "A stable URI: `urn:roost:problem:…`."],
                "title": ["type": "string"],
                "status": ["type": "integer", "minimum": 400, "maximum": 599],
                "detail": ["type": "string", "description": "What happened, in a sentence."],
                "invocation": ["type": "string"],
                "function": ["type": "string"],
                "outcome": [
                    "type": "string",
                    "enum": .list(Outcome.allCases.map { .text($0.rawValue) }),
                ],
                "reason": ["type": "string", "description": "A short stable word."],
            ],
        ]
    }

    private static var argumentProblem: JSONValue {
        [
            "allOf": [
                ["$ref": "#/components/schemas/Problem"],
                [
                    "properties": [
                        "pointer": [
                            "type": "string",
                            "description": "The place in the request, as RFC 6901 writes it.",
                        ],
                        "expected": ["type": "string"],
                        "found": ["type": "string"],
                    ]
                ],
            ]
        ]
    }

    private static var queued: JSONValue {
        [
            "type": "object",
            "required": ["id", "state"],
            "properties": [
                "id": ["type": "string"], "function": ["type": "string"],
                "state": ["type": "string"],
            ],
        ]
    }

    private static var invocationSchema: JSONValue {
        let seconds: JSONValue = ["type": "number", "description": "Seconds since 1970."]
        return [
            "type": "object",
            "required": ["id", "function", "state", "attempts", "received"],
            "properties": [
                "id": ["type": "string"], "function": ["type": "string"],
                "state": ["enum": ["waiting", "running", "succeeded", "dead", "cancelled"]],
                "reason": ["enum": .list(DeadReason.allCases.map { .text($0.rawValue) })],
                "attempts": ["type": "integer", "minimum": 0],
                "received": seconds, "notBefore": seconds, "ended": seconds,
                "error": ["type": "object"],
                "result": [
                    "type": "object",
                    "properties": [
                        "outcome": ["type": "string"], "status": ["type": "integer"],
                        "contentType": ["type": "string"], "body": ["type": "string"],
                        "bodyBase64": ["type": "string", "contentEncoding": "base64"],
                    ],
                ],
            ],
        ]
    }

    private static var batchSchema: JSONValue {
        let wishes = DeliveryKey.allCases.map { ($0.rawValue, JSONValue.object([])) }
        let own: [(String, JSONValue)] = [
            ("function", ["type": "string"]), ("idempotencyKey", ["type": "string"]),
            ("payload", [:]), ("text", ["type": "string"]),
            ("base64", ["type": "string", "contentEncoding": "base64"]),
            ("contentType", ["type": "string"]),
        ]
        return [
            "type": "object",
            "required": ["invocations"],
            "properties": [
                "invocations": [
                    "type": "array", "minItems": 1,
                    "maxItems": .number("\(InvocationBatch.maximumCount)"),
                    "items": [
                        "type": "object", "required": ["function"],
                        "properties": .members(own + wishes),
                    ],
                ]
            ],
        ]
    }

    private static var receipt: JSONValue {
        [
            "type": "object",
            "required": ["invocations"],
            "properties": [
                "invocations": [
                    "type": "array",
                    "items": [
                        "type": "object", "required": ["id", "location", "state"],
                        "properties": [
                            "id": ["type": "string"], "location": ["type": "string"],
                            "state": ["enum": ["waiting", "known"]],
                        ],
                    ],
                ]
            ],
        ]
    }
}
