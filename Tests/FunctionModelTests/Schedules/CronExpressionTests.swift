import Testing

@testable import FunctionModel

/// What can be written, and where a mistake is.
struct CronExpressionTests {
    @Test(arguments: [
        "* * * * *", "*/15 0-6,12 1,15 jan-mar mon-fri", "0 0 L * *", "0 0 L-3,LW,15W * *",
        "0 0 ? * 5L", "0 0 * * fri#2,7#1", "30 5/10 22-2 * * ?", "0 0 1 1 SUN", "@hourly", "@Daily",
        "@every 90s", "@every 1h30m", "@reboot", "rate(1 minute)", "rate(5 minutes)",
        "rate(2 days)", "cron(0 10 * * ? *)", "cron(0/15 8-17 ? * MON-FRI 2025-2030)",
        "cron(15 10 ? * 6L 2026)", "cron(0 9 ? * 2#1 *)", "cron(0 9 3W * ? *)", "cron(0 9 L * ? *)",
        "at(2030-02-28T23:59:59)", "  0 6 * * *  ", "0 0 30 2 *",
    ])
    func reads(_ text: String) throws { _ = try CronExpression(text) }

    struct Mistake: CustomTestStringConvertible {
        var text: String
        /// The marked part, as it stands in the text.
        var marked: String
        var reason: String

        init(_ text: String, _ marked: String, _ reason: String) {
            (self.text, self.marked, self.reason) = (text, marked, reason)
        }

        var testDescription: String { text }
    }

    @Test(arguments: [
        Mistake("", "", "empty"), Mistake("* * * *", "", "five fields"),
        Mistake("* * * * * * *", "*", "at most six"), Mistake("60 * * * *", "60", "0 and 59"),
        Mistake("0 24 * * *", "24", "0 and 23"), Mistake("0 0 0 * *", "0", "1 and 31"),
        Mistake("0 0 * 13 *", "13", "1 and 12"), Mistake("0 0 * foo *", "foo", "jan to dec"),
        Mistake("0 0 * * 8", "8", "0 and 7"), Mistake("0,,5 * * * *", ",", "missing"),
        Mistake("*/0 * * * *", "0", "step"), Mistake("*/x * * * *", "x", "step"),
        Mistake("1-2-3 * * * *", "1-2-3", "two ends"), Mistake("1/2/3 * * * *", "3", "one '/'"),
        Mistake("? * * * *", "?", "minute"), Mistake("0 0 * * L", "L", "5L"),
        Mistake("0 0 L-31 * *", "31", "30"), Mistake("0 0 * * 5#6", "6", "1 to 5"),
        Mistake("0 0 32W * *", "32", "1 and 31"), Mistake("@sometimes", "@sometimes", "no such"),
        Mistake("@daily now", "now", "nothing follows"), Mistake("@every", "", "how often"),
        Mistake("@every 5", "5", "unit"), Mistake("@every 5m1h", "1h", "order"),
        Mistake("@evry 5s", "@evry", "no such"), Mistake("60 * * * * *", "60", "0 and 59"),
        Mistake("@every 0s", "0s", "one second"), Mistake("rate(1 minutes)", "minutes", "'minute'"),
        Mistake("rate(5 minute)", "minute", "'minutes'"),
        Mistake("rate(0 minutes)", "0", "positive"),
        Mistake("rate(5 seconds)", "seconds", "unit of a rate"),
        Mistake("rate(5 minutes) UTC", " UTC", "nothing follows"),
        Mistake("rate(5 minutes", "", "parenthesis"), Mistake("Rate(5 minutes)", "Rate", "small"),
        Mistake("cron(0 10 * * * *)", "*", "'?'"), Mistake("cron(0 10 ? * ? *)", "?", "'?'"),
        Mistake("cron(0 10 * * ?)", ")", "six fields"),
        Mistake("cron(0 9 ? * 0 *)", "0", "1 and 7"),
        Mistake("cron(0 9 ? * 3#1,6#3 *)", "3#1", "alone"),
        Mistake("cron(0 9 1 1 ? 1969)", "1969", "1970 and 2199"),
        Mistake("at(2026-02-30T00:00:00)", "2026-02-30", "no such day"),
        Mistake("at(2026-02-03T24:00:00)", "24:00:00", "time of day"),
        Mistake("cron(0 0 1 1 ? 2030-2025)", "2030-2025", "before it begins"),
        Mistake("cron(0/90 * * * ? *)", "90", "59 at most"),
        Mistake("cron(0 1,*/24 * * ? *)", "24", "23 at most"),
        Mistake("cron(0 0 */32 * ? *)", "32", "31 at most"),
        Mistake("cron(0 0 1 */13 ? *)", "13", "12 at most"),
        Mistake("cron(0 0 ? * */8 *)", "8", "7 at most"),
        Mistake("at(2026-02-03)", "2026-02-03", "yyyy"),
        Mistake("at(2262-01-01T00:00:00)", "2262", "2261-12-31T23:59:59"),
        Mistake("at(9999-12-31T23:59:59)", "9999", "the last instant"),
        Mistake("99999999999999999999 * * * *", "99999999999999999999", "minute"),
        Mistake("0 0 é * *", "é", "day of the month"),
    ])
    func marksTheMistake(_ mistake: Mistake) throws {
        let error = #expect(throws: CronMistake.self) { try CronExpression(mistake.text) }
        let found = try #require(error)
        #expect(found.text.dropFirst(found.column).prefix(found.width) == mistake.marked)
        #expect(found.reason.contains(mistake.reason), "\(found.reason)")
        let lines = found.marked.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[lines.count - 1].firstIndex(of: "^") != nil)
    }

    @Test(arguments: [
        Mistake("0 0 30 2 *", "30", "no month"), Mistake("0 0 30-31 feb ?", "30-31", "no month"),
        Mistake("0 0 31 4,6,9,11 *", "31", "no month"),
        Mistake("15 0 0 30W 2 *", "30W", "no month"),
        Mistake("0 0 L-30 apr *", "L-30", "no month"),
        Mistake("cron(0 6 31 11 ? *)", "31", "L is a month's last day"),
        Mistake("cron(0 6 29 2 ? 2027)", "29", "in the years"),
        Mistake("cron(0 6 ? 2 2#5 2025-2031)", "2#5", "in the years"),
    ])
    func marksTheDayThatNoMonthHas(_ mistake: Mistake) throws {
        let expression = try CronExpression(mistake.text)
        let error = #expect(throws: CronMistake.self) { try expression.checkThatItComes() }
        let found = try #require(error)
        #expect(found.text.dropFirst(found.column).prefix(found.width) == mistake.marked)
        #expect(found.reason.contains(mistake.reason), "\(found.reason)")
    }

    @Test(arguments: [
        "0 0 29 2 *", "0 0 30 2 mon", "0 0 31 2,3 *", "0 0 * 2 1#5", "0 0 L-30 3,4 *", "@reboot",
        "cron(0 6 29 2 ? 2028)", "cron(0 0 1 1 ? 1970)", "cron(59 23 31 12 ? 2199)",
        "at(1999-01-01T00:00:00)", "@every 90s", "* * * * *",
    ])
    func whatComesOnceIsNoMistake(_ text: String) throws {
        try CronExpression(text).checkThatItComes()
    }

    @Test func refusesWhatIsTooLong() {
        let text = String(repeating: "0,", count: 200) + "0 * * * *"
        #expect(throws: CronMistake.self) { try CronExpression(text) }
    }

    @Test func namesWorkInEitherCase() throws {
        let small = try CronExpression("0 0 * feb-apr tue,SAT").meaning
        #expect(try CronExpression("0 0 * 2-4 2,6").meaning == small)
    }

    @Test(arguments: [
        ("0 0 * * 7", "0 0 * * 0"), ("0 0 * * fri-sun", "0 0 * * 5-7"),
        ("0 0 * * 6-1", "0 0 * * SAT-mon"), ("0 22-2 * * *", "0 22,23,0,1,2 * * *"),
        ("5/20 * * * *", "5,25,45 * * * *"), ("@weekly", "0 0 * * 0"), ("0 0 * * ?", "0 0 * * *"),
        ("cron(0 6 ? * 2-6 *)", "0 6 ? * 1-5"),
    ])
    func writesTheSameInTwoWays(one: String, other: String) throws {
        // 22-2 names hours one by one as its list does; both are fixed times.
        #expect(try CronExpression(one).meaning == CronExpression(other).meaning)
    }
}
