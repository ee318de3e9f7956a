extension AdminServerTests {
    /// What the routes of watched directories answer.
    static let fileRows = [
        Row(target: "/v1/files", status: 200, contains: "doesn't tell of changes"),
        Row(target: "/v1/files/import?limit=5", status: 200, contains: "\"path\":\"a.csv\""),
        Row(target: "/v1/files/import?limit=0", status: 400, contains: "1 to 1000"),
        Row(target: "/v1/files/import?page=2", status: 400, contains: "use state, after and limit"),
        Row(target: "/v1/files/none", status: 404, contains: "watches no directory"),
        Row(
            method: "POST",
            target: "/v1/files/import/reprocess",
            body: #"{"path":"a.csv"}"#,
            status: 202,
            contains: "\"reprocessed\":1"
        ),
        Row(
            method: "POST",
            target: "/v1/files/import/reprocess",
            body: "a.csv",
            status: 400,
            contains: "isn't the JSON"
        ),
    ]
}
