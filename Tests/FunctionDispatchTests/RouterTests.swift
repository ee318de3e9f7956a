import FunctionModel
import Glibc
import Testing

@testable import FunctionDispatch

@Suite struct RouterTests {
    let bench = TestBench()

    private func describe(_ method: String, _ path: String) -> String {
        switch bench.dispatcher.route(method: method, path: path) {
        case .function(let match):
            let parameters = match.parameters.map { " \($0.name)=\($0.value)" }.joined()
            return match.name.description + parameters
        case .wrongMethod(let allowed): return "405 " + allowed.sorted().joined(separator: ",")
        case .notFound: return "404"
        }
    }

    private func installRoutes() {
        bench.install(
            version(
                "a",
                [
                    ("list", "GET /orders"), ("create", "POST /orders"),
                    ("one", "GET /orders/{id}"),
                    ("mine", "GET /orders/mine"), ("put", "PUT /orders/{number}"),
                    ("lines", "GET /orders/{id}/lines/{line}"), ("slash", "GET /orders/"),
                    ("files", "ANY /files/{path*}"), ("root", "GET /"),
                    ("deep", "GET /orders/mine/{x}/end"), ("plain", nil),
                ]
            )
        )
    }

    @Test(arguments: [
        ("GET", "/orders", "a.list"), ("POST", "/orders", "a.create"),
        ("HEAD", "/orders", "a.list"),
        ("GET", "/orders/7", "a.one id=7"), ("GET", "/orders/mine", "a.mine"),
        ("PUT", "/orders/7", "a.put number=7"),
        ("PUT", "/orders/mine", "a.put number=mine"),
        ("GET", "/orders/7/lines/8", "a.lines id=7 line=8"),
        ("GET", "/orders/mine/lines/8", "a.lines id=mine line=8"),
        ("GET", "/orders/mine/x/end", "a.deep x=x"),
        ("GET", "/orders/", "a.slash"), ("GET", "/", "a.root"),
        ("GET", "/files/a/b%2Fc", "a.files path=a/b/c"), ("DELETE", "/files/x", "a.files path=x"),
        ("GET", "/files/", "a.files path="), ("GET", "/files", "404"),
        ("GET", "/orders/a%20b%C3%A4", "a.one id=a bä"), ("GET", "/orders/a+b", "a.one id=a+b"),
        ("GET", "/orders/%zz", "404"), ("GET", "/orders/%4", "404"), ("GET", "/orders/%FF", "404"),
        ("GET", "/orders/a%00b", "404"), ("GET", "/orders//lines/8", "404"), ("GET", "", "404"),
        ("GET", "orders", "404"), ("GET", "/nothing", "404"), ("GET", "/orders/7/x", "404"),
        ("DELETE", "/orders", "405 GET,HEAD,POST"), ("PATCH", "/orders/mine", "405 GET,HEAD,PUT"),
        ("GET", "/functions/a.plain", "a.plain"), ("DELETE", "/functions/plain", "a.plain"),
        ("POST", "/functions/list", "a.list"), ("POST", "/functions/none", "404"),
        ("POST", "/functions/", "404"), ("POST", "/functions/plain/x", "404"),
        ("POST", "/functions/a.plain.x", "404"), ("POST", "/functions", "404"),
    ])
    func finds(method: String, path: String, expected: String) {
        installRoutes()
        #expect(describe(method, path) == expected)
    }

    @Test func shortNamesServeWhileTheyAreUnique() {
        bench.install(version("a", [("ping", nil)]))
        #expect(bench.dispatcher.resolve("ping")?.description == "a.ping")
        bench.install(version("b", [("ping", nil)]))
        #expect(bench.dispatcher.resolve("ping") == nil)
        #expect(bench.dispatcher.resolve("b.ping")?.description == "b.ping")
        bench.dispatcher.retire(plugin: "a")
        #expect(bench.dispatcher.resolve("ping")?.description == "b.ping")
    }

    @Test func functionsWithOtherTriggersAreReachedByNameOnlyWhenPublic() {
        var cron = TriggerDeclaration()
        cron.cron = CronTriggerDeclaration(expression: "@hourly")
        for isPublic in [false, true] {
            bench.install(
                version("a", [("nightly", nil)]) { [cron] in
                    $0.triggers = [cron]
                    $0.public = isPublic
                }
            )
            #expect((describe("POST", "/functions/nightly") == "a.nightly") == isPublic)
        }
    }

    @Test func disabledFunctionsAreNowhere() {
        bench.overrideAll { $0.isEnabled = $0.name.function != "list" }
        installRoutes()
        #expect(describe("GET", "/orders") == "405 POST")
        #expect(describe("GET", "/functions/list") == "404")
        #expect(describe("GET", "/orders/7") == "a.one id=7")
    }

    @Test func anOwnMethodGoesBeforeAny() {
        bench.install(version("a", [("all", "ANY /x"), ("get", "GET /x")]))
        #expect(describe("GET", "/x") == "a.get")
        #expect(describe("POST", "/x") == "a.all")
    }

    @Test func removedPluginsLeaveNoRoutes() {
        installRoutes()
        bench.install(version("b", [("x", "GET /files2/{id}")]))
        bench.dispatcher.retire(plugin: "a")
        #expect(describe("GET", "/orders/7") == "404")
        #expect(describe("GET", "/files2/7") == "b.x id=7")
        bench.dispatcher.retire(plugin: "b")
        #expect(bench.dispatcher.routes.functions.isEmpty)
    }

    @Test func aRefusedPluginChangesNothing() {
        bench.install(version("a", [("x", "GET /x"), ("y", "GET /y")]))
        let refusal = bench.install(version("b", [("z", "GET /z"), ("x", "GET /x")]))
        #expect(refusal?.kind == "routeTaken")
        #expect(describe("GET", "/z") == "404")
        #expect(describe("GET", "/x") == "a.x")
        #expect(bench.dispatcher.resolve("z") == nil)
        // Manifests are checked for that; what an operator lays over them is not.
        bench.overrideAll { definition in
            var trigger = TriggerDeclaration()
            let path = "/q/{\(definition.name.function)}"
            trigger.http = HTTPTriggerDeclaration(method: "GET", path: path)
            definition.triggers = [trigger]
        }
        #expect(bench.install(version("a", [("x", nil), ("y", nil)]))?.kind == "routeTaken")
        #expect(describe("GET", "/y") == "a.y")
    }

    /// Four times as many take about four times as long; sixteen times, if each copied the table.
    @Test func manyPluginsCostNoMoreEach() throws {
        let few = try time(installing: 1_000)
        let many = try time(installing: 4_000)
        #expect(many < few * 10)
    }

    /// The CPU time of putting so many plugins into an empty table, the best of three.
    private func time(installing count: Int) throws -> Int {
        let plugins = try (0..<count).map { number in
            let version = version("p\(number)", [("f", "GET /p\(number)/{id}")])
            let definitions = try bench.dispatcher.definitions(version)
            let pool = PoolID(index: number, generation: 0)
            return ("p\(number)", bench.dispatcher.entries(version, definitions, pool))
        }
        let times = try (0..<3).map { _ in
            var table = RoutingTable()
            let begun = clock()
            for (plugin, entries) in plugins { try table.replace(plugin: plugin, with: entries) }
            #expect(table.plugins.count == count)
            return clock() - begun
        }
        return times.min() ?? 0
    }

    @Test func thousandsOfPluginsKeepTheirRoutes() {
        for number in 0..<2_000 {
            bench.install(version("p\(number)", [("f", "GET /p\(number)/{id}")]))
        }
        #expect(describe("GET", "/p1999/x") == "p1999.f id=x")
        #expect(describe("GET", "/p0/x") == "p0.f id=x")
        #expect(bench.host.starts == 0)
    }
}
