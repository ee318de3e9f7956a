// A function that reacts to files.
extension Scaffold {
    var filesFiles: [ScaffoldFile] {
        [
            packageFile(linking: "FunctionSDK"),
            readmeFile(
                "Reads every `.csv` file that is put into `inbox`.",
                trying: """
                    The directory is `files/\(name)/inbox` in the host's home; `roost files \(name)` shows
                    what became of each file. By hand the function can only be told of a file that is
                    gone, for the host opens no others than those of its events:

                    ```console
                    $ roost invoke \(name) -d '{"path":"inbox/a.csv","kind":"removed"}'
                    {"path":"inbox/a.csv","rows":0}
                    ```
                    """
            ),
            sourceFile(
                """
                import FunctionSDK

                struct Report: Codable {
                    var path: String
                    var rows: Int
                }

                let plugin = Plugin("\(name)", summary: "Counts the rows of arriving files.") {
                    Function("\(name)", .files("inbox", matching: "*.csv")) {
                        (file: FileEvent, context) async throws -> Report in
                        guard file.kind != .removed else { return Report(path: file.path, rows: 0) }
                        // The same file may come again after a crash: do nothing that can't be repeated.
                        let text = try await context.read(file)
                        let rows = text.split(separator: UInt8(ascii: "\\n")).count
                        context.logger.info("\\(rows) rows", metadata: ["path": file.path])
                        return Report(path: file.path, rows: rows)
                    }
                }

                \(export)

                """
            ),
            testFile(
                """
                import FunctionSDK
                import FunctionTesting
                import Testing

                @testable import \(module)

                @Test func countsTheRows() async throws {
                    let world = TestWorld(files: ["a.csv": Array("a,b\\nc,d\\n".utf8)])
                    let host = try TestHost(plugin, world: world)
                    let file = FileEvent(path: "a.csv", kind: .added, size: 8)
                    let report: Report = try await host.call("\(name)", file)
                    #expect(report.rows == 2)
                }

                @Test func takesItThatAFileIsGone() async throws {
                    let host = try TestHost(plugin)
                    let file = FileEvent(path: "/nowhere.csv", kind: .removed)
                    let report: Report = try await host.call("\(name)", file)
                    #expect(report.rows == 0)
                }

                @Test func failsForAFileThatIsMissing() async throws {
                    let host = try TestHost(plugin)
                    let file = FileEvent(path: "/nowhere.csv", kind: .added)
                    let reply = await host.invoke("\(name)", try .json(file))
                    #expect(reply.failed)
                }

                """
            ),
        ]
    }
}
