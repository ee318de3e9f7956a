import FunctionModel
import HostSettings
import Testing

@Suite struct SettingsReaderTests {
    private func read(
        _ text: String,
        flags: [String: String] = [:],
        environment: [String: String] = [:]
    ) throws(InvalidSettings) -> Settings {
        try SettingsReader(flags: flags, environment: environment)
            .settings(file: SettingsReader.File(text: text))
    }

    private func problems(_ text: String) -> [String] {
        do throws(InvalidSettings) {
            _ = try read(text)
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test func aScheduleWithoutItsQuotesIsToldSo() {
        let text = "functions: { a.b: { triggers: [{ cron: */5 * * * * }] } }"
        #expect(problems(text).first?.contains("what begins with '*' needs quotes") == true)
    }

    @Test(arguments: [
        ("timeZone: ../etc/passwd", "5:23: '../etc/passwd' is no name of a time zone"),
        ("catchUp: all(0)", "5:22: 'all(0)' doesn't do for catchUp"),
        ("overlap: maybe", "5:22: 'maybe' doesn't do for overlap"),
        ("dst: summer", "5:18: 'summer' doesn't do for dst"),
        ("jitter: 5", "5:21: '5' doesn't do for jitter"),
        ("startingDeadline: 5 days", "5:31: '5 days' doesn't do for startingDeadline"),
        ("starts: tomorrow", "5:21: 'tomorrow' doesn't do for starts"),
        ("ends: 1970-01-01", "5:19: '1970-01-01' doesn't do for ends"),
        ("starts: 2030-01-02T00:00:00Z, ends: 2030-01-01T00:00:00Z", "it ends before it starts"),
        ("timeZone: [UTC]", "5:23: timeZone has to be one value"),
        ("zone: UTC", "5:13: cron has no setting 'zone'"),
    ])
    func marksWhatAScheduleCantHave(value: String, says: String) {
        let text = """
            functions:
              a.b:
                triggers:
                - cron: { expression: "@daily",
                        \(value) }
            """
        let found = problems(text)
        #expect(found.count == 1 && found[0].hasPrefix("roost.yaml:5:"), "\(found)")
        #expect(found.first?.contains(says) == true, "\(found)")
    }

    @Test func knowsWhereSchedulesStand() throws {
        let settings = try read(
            """
            functions:
              a.b:
                triggers:
                - cron: "@daily"
                - internal
                - cron: { expression: "@hourly", timeZone: Mars/Olympus }
              a.c: { triggers: [ { cron: "@weekly" } ] }
            """
        )
        let places = try #require(
            settings.functions[try FunctionName(plugin: "a", function: "b")]?.schedulePlaces
        )
        try #require(places.count == 2)
        #expect(places[0].place(of: ScheduleProblem("", of: .timeZone)) == "roost.yaml:4:13")
        #expect(places[1].place(of: ScheduleProblem("", of: .timeZone)) == "roost.yaml:6:48")
        #expect(places[1].place(of: ScheduleProblem("")) == "roost.yaml:6:13")
    }

    @Test func nothingSaidGivesTheDefaults() throws {
        let settings = try read("")
        #expect(settings.listen.description == "127.0.0.1:8080")
        #expect(settings.admin?.port == 8_081)
        #expect(settings.home == "./.roost")
        #expect(settings.views.allSatisfy { $0.origin == "default" })
    }

    @Test func flagBeforeEnvironmentBeforeFileBeforeDefault() throws {
        let file = "listen: 127.0.0.1:1\nadmin: 127.0.0.1:1\nlogLevel: debug\n"
        let settings = try read(
            file,
            flags: ["listen": "127.0.0.1:3"],
            environment: ["ROOST_LISTEN": "127.0.0.1:2", "ROOST_ADMIN": "127.0.0.1:2"]
        )
        #expect(settings.listen.port == 3)
        #expect(settings.admin?.port == 2)
        #expect(settings.logLevel == "debug")
        let origins = Dictionary(uniqueKeysWithValues: settings.views.map { ($0.name, $0.origin) })
        #expect(origins["listen"] == "flag")
        #expect(origins["admin"] == "environment")
        #expect(origins["logLevel"] == "file")
        #expect(origins["eventLoops"] == "default")
    }

    @Test(arguments: [
        ("ROOST_PLUGINS", "pluginDirectory", "/srv/plugins"),
        ("ROOST_EVENT_LOOPS", "eventLoops", "2"),
        ("ROOST_MAXIMUM_WORKERS", "maximumWorkers", "7"),
        ("ROOST_LOG_LEVEL", "logLevel", "error"),
        ("ROOST_HOME", "home", "/srv/roost"),
    ])
    func variables(variable: String, setting: String, value: String) throws {
        let settings = try read("", environment: [variable: value])
        #expect(settings.views.first { $0.name == setting }?.value == value)
    }

    @Test func everythingCanBeSaidAboutAFunction() throws {
        let settings = try read(
            """
            memory: 2GiB
            drainTimeout: 10s
            limits: { timeout: 1m }
            plugins:
              shop:
                isolation: process
                configuration: { currency: EUR, tries: 3 }
            functions:
              shop.checkout:
                enabled: false
                public: true
                onCrash: restart
                limits: { timeout: 500ms, memory: 64MiB, concurrency: 2, queueLength: 0, rate: 2/s, burst: 4, errorRate: 40% }
                triggers:
                  - http: POST /orders/{id}
                  - cron: { expression: "0 6 * * *", timeZone: Europe/Berlin }
                  - files: { directory: inbox, matching: ["*.csv"], recursive: true }
                  - internal
            """
        )
        #expect(settings.memory == .gibibytes(2))
        #expect(settings.drainTimeout == .seconds(10))
        #expect(settings.ceilings.timeoutMilliseconds == 60_000)
        #expect(settings.plugins["shop"]?.isolation == .process)
        #expect(settings.plugins["shop"]?.configuration == ["currency": "EUR", "tries": "3"])
        let name = try FunctionName(plugin: "shop", function: "checkout")
        let function = try #require(settings.functions[name])
        #expect(function.isEnabled == false)
        #expect(function.isPublic == true)
        #expect(function.onCrash == .restart)
        #expect(function.limits.timeoutMilliseconds == 500)
        #expect(function.limits.memoryBytes == 64 << 20)
        #expect(function.limits.queueLength == 0)
        #expect(function.limits.ratePerMinute == 120)
        #expect(function.limits.burst == 4)
        #expect(function.limits.errorPercent == 40)
        let triggers = try #require(function.triggers)
        #expect(triggers.map { $0.http?.path } == ["/orders/{id}", nil, nil, nil])
        #expect(triggers[1].cron?.timeZone == "Europe/Berlin")
        #expect(triggers[2].files?.matching == ["*.csv"])
        #expect(triggers[3].internal != nil)
    }

    @Test func everyProblemIsListedAtOnceWithItsPlace() {
        let found = problems(
            """
            lisen: 127.0.0.1:8080
            eventLoops: many
            functions:
              shop.checkout:
                limits:
                  timout: 2s
                  memory: 64
                isolation: container
              checkout: {}
            """
        )
        #expect(found.count == 6)
        #expect(found.contains { $0.hasPrefix("roost.yaml:1:1: ") && $0.contains("'listen'") })
        #expect(found.contains { $0.hasPrefix("roost.yaml:2:13: ") && $0.contains("1 to 64") })
        #expect(found.contains { $0.hasPrefix("roost.yaml:6:7: ") && $0.contains("'timeout'") })
        #expect(found.contains { $0.hasPrefix("roost.yaml:7:15: ") && $0.contains("64MiB") })
        #expect(found.contains { $0.hasPrefix("roost.yaml:8:16: ") && $0.contains("process") })
        #expect(found.contains { $0.hasPrefix("roost.yaml:9:3: ") && $0.contains("shop.checkout") })
    }

    @Test(arguments: [
        ("a: [1, 2", "roost.yaml:"), ("listen: [1]", "one value"), ("- a", "key: value"),
        ("listen: 8080", "host:port"), ("listen: localhost:99999", "host:port"),
        ("memory: 1", "2GiB"), ("memory: 1MiB", "16MiB"), ("home: /srv", "no setting 'home'"),
        ("limits: { timeout: 2 }", "500ms"), ("limits: { timeout: 0s }", "from 1"),
        ("limits: { concurrency: -1 }", "from 1"),
        ("limits: { rate: 5 }", "100/s or 30/m"), ("limits: { rate: 0/s }", "from 1"),
        ("limits: { memory: 99999999999GiB }", "64MiB"),
        ("functions: { a.b: { triggers: [ { http: /a } ] } }", "POST /orders/{id}"),
        ("functions: { a.b: { triggers: [ { http: GET a } ] } }", "start with '/'"),
        ("functions: { a.b: { triggers: [ { http: GET /functions/x } ] } }", "belongs to the host"),
        ("functions: { a.b: { triggers: [ { } ] } }", "one of http"),
        ("functions: { a.b: { triggers: [ { http: GET /a, cron: '* * * * *' } ] } }", "2 of them"),
        ("functions: { a.b: { triggers: [ { cron: '0 25 * * *' } ] } }", "at character 3, '25'"),
        (
            "functions: { a.b: { triggers: [ { cron: { expression: '@daily', jitter: 5 } } ] } }",
            "'5' doesn't do for jitter"
        ),
        ("functions: { a.b: { enabled: perhaps } }", "true or false"),
        ("functions: { A.b: {} }", "not a valid name"),
        ("plugins: { a: { triggers: [] } }", "no setting 'triggers'"),
        ("allowPublic: perhaps", "true or false"), ("metrics: all", "loopback, token, off"),
        ("adminNames: 'a b/c'", "roost.example"),
        ("listen: 127.0.0.1:1\nlisten: 127.0.0.1:2", "twice"),
    ])
    func mistakes(text: String, says: String) {
        let found = problems(text)
        #expect(found.contains { $0.contains(says) }, "\(found)")
    }

    @Test func aLimitAboveTheCeilingIsRefused() {
        let found = problems(
            """
            limits: { timeout: 10s }
            functions: { a.b: { limits: { timeout: 11s } } }
            """
        )
        #expect(found.count == 1)
        #expect(found.first?.contains("ceiling") == true)
    }

    @Test func flagsAndVariablesAreNamedInProblems() {
        do throws(InvalidSettings) {
            _ = try read(
                "",
                flags: ["listen": "nowhere", "lissten": "x"],
                environment: ["ROOST_ADMIN": "?"]
            )
            Issue.record("it took nonsense")
        } catch {
            #expect(Set(error.problems.map(\.place)) == ["--listen", "--lissten", "ROOST_ADMIN"])
        }
    }

    @Test func theAdminListenerCanBeSwitchedOff() throws {
        #expect(try read("admin: off").admin == nil)
    }

    @Test func accessIsReadFromEverySource() throws {
        let flags = ["allow-public": "true", "metrics": "off"]
        let settings = try read("metrics: token\nadminNames: a.example, b", flags: flags)
        #expect(settings.allowPublic)
        #expect(settings.metrics == .off)
        #expect(settings.adminNames == ["a.example", "b"])
        #expect(try read("allowPublic: true").allowPublic)
        #expect(try read("", environment: ["ROOST_ALLOW_PUBLIC": "true"]).allowPublic)
        #expect(try !read("").allowPublic)
    }

    @Test func addressesOfVersionSixWearBrackets() throws {
        let listen = try read("listen: '[::1]:80'").listen
        #expect(listen == ListenAddress(host: "::1", port: 80))
        #expect(listen.description == "[::1]:80")
        #expect(ListenAddress("::1:80") == nil)
    }

    @Test func saysWhichChangesNeedARestart() throws {
        let running = try read("listen: 127.0.0.1:1\nlogLevel: info")
        let changed = try read("listen: 127.0.0.1:2\nlogLevel: debug")
        #expect(changed.changesThatNeedRestart(since: running) == ["listen"])
    }
}
