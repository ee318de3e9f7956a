// A function that answers requests.
extension Scaffold {
    var httpFiles: [ScaffoldFile] {
        [
            packageFile(linking: "FunctionSDK"),
            readmeFile(
                "Answers `POST /\(name)`.",
                trying: """
                    ```console
                    $ curl -d '{"name":"Ada"}' http://127.0.0.1:8080/\(name)
                    {"message":"Hello, Ada!"}
                    ```
                    """
            ),
            sourceFile(
                """
                import FunctionSDK

                struct Greeting: Codable {
                    var name: String
                }

                struct Reply: Codable {
                    var message: String
                }

                let plugin = Plugin("\(name)", summary: "Says hello.") {
                    Function(
                        "\(name)",
                        .http(.post, "/\(name)"),
                        limits: .init(timeout: .seconds(5), memory: .mebibytes(64))
                    ) { (greeting: Greeting, context) async throws -> Reply in
                        guard !greeting.name.isEmpty else {
                            throw FunctionError(status: 422, message: "The name is empty.")
                        }
                        context.logger.info("greeting \\(greeting.name)")
                        return Reply(message: "Hello, \\(greeting.name)!")
                    }
                }

                \(export)

                """
            ),
            testFile(
                """
                import FunctionTesting
                import Testing

                @testable import \(module)

                @Test func greets() async throws {
                    let host = try TestHost(plugin)
                    let reply: Reply = try await host.call("\(name)", Greeting(name: "Ada"))
                    #expect(reply.message == "Hello, Ada!")
                }

                @Test func refusesAnEmptyName() async throws {
                    let host = try TestHost(plugin)
                    let reply = await host.invoke("\(name)", try .json(Greeting(name: "")))
                    #expect(reply.status == 422)
                }

                """
            ),
        ]
    }
}
