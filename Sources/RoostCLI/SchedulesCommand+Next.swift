internal import ArgumentParser
internal import FunctionModel
internal import Platform

#if canImport(Glibc)
internal import Glibc
#endif

extension SchedulesCommand {
    /// Says when a schedule of a host, or any expression, is due next.
    struct Next: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show when a schedule is due next; with --expression, without a host."
        )

        @Argument(help: "The schedule.")
        var name: String?

        @Option(help: ArgumentHelp("Any schedule, such as '0 6 * * *'.", valueName: "schedule"))
        var expression: String?

        @Option(help: ArgumentHelp("Its time zone (default: UTC).", valueName: "zone"))
        var zone: String?

        @Option(help: "What happens to times that a change of the clocks skips: vixie or skip.")
        var dst: String?

        @Option(
            help: ArgumentHelp(
                "Only instants after this one, which intervals are counted from (default: now).",
                valueName: "instant"
            )
        )
        var from: String?

        @Option(
            name: .customShort("n"),
            help: ArgumentHelp("How many at most.", valueName: "count")
        )
        var count = 10

        @OptionGroup var host: HostOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard (name == nil) != (expression == nil) else {
                throw ValidationError("name a schedule, or write one with --expression")
            }
            guard expression != nil || zone == nil && dst == nil && from == nil else {
                throw ValidationError(
                    "--zone, --dst and --from go with --expression: a schedule has its own"
                )
            }
            guard count > 0 else { throw ValidationError("-n takes a number above 0") }
        }

        func run() async throws {
            let instants: [String]
            if let expression {
                instants = try Self.next(expression, zone ?? "UTC", dst, from, count)
                if instants.isEmpty { Console.note("roost: \(Self.never(expression))") }
            } else {
                let client = try host.client()
                instants = try await client.nextTicks(of: name ?? "", count: count)
                let view = try await client.schedule(name ?? "")
                if instants.isEmpty {
                    Console.note("roost: \(Self.never(view.schedule.expression))")
                }
                if !view.enabled {
                    Console.note("roost: '\(view.name)' is switched off: none runs")
                }
            }
            if output.json { return try Console.print(json: instants) }
            Console.print(instants.map { $0 + "\n" }.joined())
        }

        /// What to say of an expression without a further instant.
        static func never(_ text: String) -> String {
            do throws(CronMistake) {
                let expression = try CronExpression(text)
                if case .reboot = expression.meaning {
                    return "'\(text)' is due at each start of a host, and at no other time"
                }
                try expression.checkThatItComes()
            } catch { return error.description }
            return "'\(text)' is never due again"
        }

        /// The next instants of an expression.
        static func next(
            _ text: String,
            _ zone: String,
            _ dst: String?,
            _ from: String?,
            _ count: Int
        ) throws -> [String] {
            let expression: CronExpression
            do { expression = try CronExpression(text) } catch {
                throw CommandFailure(.usage, "the schedule can't be read:\n\(error.marked)")
            }
            guard let policy = ClockChangePolicy(rawValue: dst ?? "vixie") else {
                throw CommandFailure(.usage, "--dst is vixie or skip")
            }
            guard let start = from.map({ UTCInstant.seconds($0) }) ?? Int64(WallClock.now) else {
                throw CommandFailure(.usage, "--from takes an instant such as 2030-01-31T12:00:00Z")
            }
            let timetable = Timetable(
                expression,
                zone: try rules(of: zone),
                changes: policy,
                anchor: start
            )
            var instants: [String] = []
            var last = start
            while instants.count < count, let next = timetable.next(after: last) {
                last = next.seconds
                if !next.isSkipped { instants.append(UTCInstant.text(seconds: last)) }
            }
            return instants
        }

        private static func rules(of zone: String) throws -> ZoneRules {
            if zone == "UTC" { return .utc }
            guard ZoneRules.isName(zone),
                let bytes = ZoneFiles.bytes(of: zone, limit: ZoneRules.longestFile)
            else {
                throw CommandFailure(
                    .usage,
                    ZoneFiles.isInstalled
                        ? "there is no time zone '\(zone)': write one as Europe/Berlin"
                        : "this machine has no time zones: install tzdata"
                )
            }
            do { return try ZoneRules(name: zone, file: bytes) } catch {
                throw CommandFailure(.failed, error.description)
            }
        }
    }
}
