extension AdminServerTests {
    /// What the routes of schedules answer.
    static let scheduleRows = [
        Row(target: "/v1/schedules", status: 200, contains: "Europe/Berlin"),
        Row(target: "/v1/schedules/nightly", status: 200, contains: "0 6 * * *"),
        Row(target: "/v1/schedules/none", status: 404, contains: "'none'"),
        Row(target: "/v1/schedules/nightly/next?count=1", status: 200, contains: "2030-01-01T06"),
        Row(target: "/v1/schedules/nightly/next?n=1", status: 400, contains: "use count"),
        Row(target: "/v1/schedules/nightly/ticks?limit=5", status: 200, contains: "fired"),
        Row(target: "/v1/schedules/nightly/ticks?limit=0", status: 400, contains: "1 to 1000"),
        Row(
            method: "POST",
            target: "/v1/schedules/nightly/disable",
            status: 200,
            contains: "\"enabled\":false"
        ),
        Row(
            method: "POST",
            target: "/v1/schedules/nightly/enable",
            status: 200,
            contains: "\"enabled\":true"
        ),
        Row(
            method: "PATCH",
            target: "/v1/schedules/nightly",
            body: #"{"expression":"0 7 * * *","overlap":null}"#,
            status: 200,
            contains: #""edited":{"expression":"0 7 * * *"}"#
        ),
        Row(
            method: "PATCH",
            target: "/v1/schedules/gone",
            body: #"{"expression":null}"#,
            status: 204,
            contains: ""
        ),
        Row(
            method: "PATCH",
            target: "/v1/schedules/nightly",
            body: #"{"expresion":"0 7 * * *"}"#,
            status: 400,
            contains: "has no 'expresion'"
        ),
        Row(
            method: "PATCH",
            target: "/v1/schedules/nightly",
            body: "0 7 * * *",
            status: 400,
            contains: "null gives one back"
        ),
        Row(
            method: "POST",
            target: "/v1/schedules/nightly/run",
            status: 202,
            contains: "samples.nightly@"
        ),
    ]
}
