// A function that reacts to files.
extension Scaffold {
    var filesFiles: [ScaffoldFile] {
        [
            packageFile(linking: "FunctionSDK"),
            readmeFile(
                "Reads every `.csv` file that is put into `inbox`.",
                trying: """
                    It can be run by hand; the event is the payload. A cell opens no files but the
                    system's own, so by hand the function can only be told of a file that is gone:

                    ```console
                    $ roost invoke \(name) -d '{"path":"inbox/a.csv","kind":"removed"}'
                    {"path":"inbox/a.csv","rows":0}
                    ```
                    """
            ),
            sourceFile(
                """
                import FunctionSDK

                #if canImport(FoundationEssentials)
                import FoundationEssentials
                #else
                import Foundation
                #endif

                struct Report: Codable {
                    var path: String
                    var rows: Int
                }

                let plugin = Plugin("\(name)", summary: "Counts the rows of arriving files.") {
                    Function("\(name)", .files("inbox", matching: "*.csv")) {
                        (file: FileEvent, context) async throws -> Report in
                        guard file.kind != .removed else { return Report(path: file.path, rows: 0) }
                        // The same file may come again after a crash: do nothing that can't be repeated.
                        let text = try String(contentsOfFile: file.path, encoding: .utf8)
                        let rows = text.split(separator: "\\n").count
                        context.logger.info("\\(rows) rows", metadata: ["path": file.path])
                        return Report(path: file.path, rows: rows)
                    }
                }

                \(export)

                """
            ),
            testFile(
                """
                import Foundation
                import FunctionSDK
                import FunctionTesting
                import Testing

                @testable import \(module)

                @Test func countsTheRows() async throws {
                    let path = NSTemporaryDirectory() + "\\(UUID().uuidString).csv"
                    try "a,b\\nc,d\\n".write(toFile: path, atomically: true, encoding: .utf8)
                    defer { unlink(path) }
                    let host = try TestHost(plugin)
                    let file = FileEvent(path: path, kind: .added, size: 8)
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
