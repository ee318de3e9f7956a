import FunctionModel
import Testing

struct DeliveryWishesTests {
    private func read(_ fields: (String, String)...) throws -> DeliveryWishes {
        try DeliveryWishes(fields: fields.map { Field($0.0, $0.1) })
    }

    @Test func readsEveryWish() throws {
        let wishes = try read(
            ("roost-delay", "90"),
            ("roost-not-before", "2030-01-31T12:00:00Z"),
            ("roost-deadline", "7d"),
            ("roost-ordering-key", "customer 9"),
            ("roost-priority", "-5"),
            ("roost-maximum-attempts", "7"),
            ("roost-maximum-age", "2h"),
            ("roost-timeout", "500ms"),
            ("roost-callback", "https://example.com/done"),
            ("roost-on-success", "function:shop.mail"),
            ("roost-on-failure", "file:failed.jsonl"),
            ("roost-invocation-id", "of another host"),
            ("content-type", "text/plain")
        )
        var expected = DeliveryWishes()
        expected.delay = .seconds(90)
        expected.notBefore = WallTime(seconds: 1_896_091_200)
        expected.deadline = .after(.seconds(7 * 86_400))
        expected.orderingKey = "customer 9"
        expected.priority = -5
        expected.maximumAttempts = 7
        expected.maximumAge = .seconds(7_200)
        expected.timeout = .milliseconds(500)
        expected.callback = "https://example.com/done"
        expected.onSuccess = .function(try FunctionName("shop.mail"))
        expected.onFailure = .file("failed.jsonl")
        #expect(wishes == expected)
    }

    @Test(arguments: [
        ("roost-not-before", "9000-01-01T00:00:00Z", "30 days"),
        ("roost-not-before", "2030-03-02T12:00:01Z", "30 days"),
        ("roost-not-before", "2030-03-02T12:00:00Z", nil),
        ("roost-not-before", "0001-01-01T00:00:00Z", nil),
        ("roost-deadline", "2030-01-31T12:00:00Z", "deadline is over"),
        ("roost-deadline", "1s", nil),
    ])
    func areBoundedByTheTimeAtWhichTheyAreHeard(name: String, value: String, says: String?) throws {
        let wishes = try read((name, value))
        let now = WallTime(seconds: 1_896_091_200)  // 2030-01-31T12:00:00Z
        let problem = wishes.problem(wishes.applied(to: DeliveryOptions(), now: now), now: now)
        #expect((problem == nil) == (says == nil))
        if let says { #expect(problem?.description.contains(says) == true) }
    }

    @Test func aKeyIsKnownForAsLongAsItsEntryMayLive() {
        var options = DeliveryOptions()
        options.timeout = .seconds(60)
        #expect(options.keyLifetime(atLeast: .seconds(86_400)) == .seconds(86_400))
        options.maximumAge = .seconds(60 * 86_400)
        #expect(options.keyLifetime(atLeast: .seconds(86_400)) == .seconds(60 * 86_400 + 60))
        options.timeout = nil
        #expect(options.keyLifetime(atLeast: .zero) == .seconds(61 * 86_400))
    }

    @Test(
        arguments: [
            (1e-300, nil), (0, nil), (-1, nil), (.nan, nil), (.infinity, nil), (1e-5, nil),
            (1 / 86_400, .seconds(86_400)), (2, .milliseconds(500)), (1_000_001, nil),
        ] as [(Double, Duration?)]
    )
    func aRedriveHasARateThatAClockCanKeep(rate: Double, spacing: Duration?) {
        #expect(Redrive.spacing(perSecond: rate) == spacing)
    }

    @Test(arguments: [
        ("roost-delay", "soon", "Roost-Delay: 'soon'"), ("roost-delay", "-1", "30s"),
        ("roost-delay", "31d", "at most 30d"), ("roost-delay", "99999999999999999999s", "30s"),
        ("roost-delay", "", "30s"), ("roost-timeout", "0s", "Roost-Timeout"),
        ("roost-maximum-age", "0", "Roost-Maximum-Age"),
        ("roost-not-before", "12", "2030-01-31T12:00:00Z"),
        ("roost-not-before", "tomorrow", "seconds since 1970"),
        ("roost-deadline", "later", "Roost-Deadline"),
        ("roost-priority", "high", "-1000 to 1000"), ("roost-priority", "1001", "-1000 to 1000"),
        ("roost-maximum-attempts", "0", "1 to 100"),
        ("roost-maximum-attempts", "1e3", "1 to 100"),
        ("roost-ordering-key", "", "1 to 256 bytes"),
        ("roost-ordering-key", String(repeating: "k", count: 257), "1 to 256 bytes"),
        ("roost-callback", "function:a.b", "http"),
        ("roost-callback", "ftp://x/y", "no destination"),
        ("roost-on-success", "function:nobody", "not a valid name"),
        ("roost-on-failure", "somewhere", "event:type"),
        ("roost-dealy", "1s", "known are Roost-Delay"),
    ])
    func saysWhatIsExpected(name: String, value: String, says: String) {
        #expect {
            _ = try read((name, value))
        } throws: { error in
            "\(error)".contains(says)
        }
    }

    @Test func refusesWhatContradictsItself() {
        #expect(throws: DeliveryProblem.self) {
            _ = try read(("roost-delay", "10s"), ("roost-deadline", "5s"))
        }
        #expect(throws: DeliveryProblem.self) {
            _ = try read(("roost-delay", "1s"), ("roost-delay", "2s"))
        }
        #expect(throws: DeliveryProblem.self) {
            _ = try read(
                ("roost-not-before", "2030-01-31T12:00:00Z"),
                ("roost-deadline", "2030-01-31T11:00:00Z")
            )
        }
    }

    @Test func leavesToTheFunctionWhatIsNotSaid() throws {
        let now = WallTime(seconds: 100)
        var own = DeliveryOptions()
        own.maximumAttempts = 9
        own.maximumAge = .seconds(60)
        own.onFailure = .event(type: "failed")
        #expect(DeliveryWishes().applied(to: own, now: now) == own)
        var wishes = DeliveryWishes()
        wishes.delay = .seconds(600)
        wishes.deadline = .after(.seconds(700))
        let options = wishes.applied(to: own, now: now)
        #expect(options.notBefore == WallTime(seconds: 700))
        #expect(options.deadline == WallTime(seconds: 800))
        // A delay doesn't use up the age.
        #expect(options.maximumAge == .seconds(660))
        #expect(options.maximumAttempts == 9)
        #expect(options.onFailure == .event(type: "failed"))
    }

    @Test func callersFromOutsideMayNameUrlsOnly() throws {
        try read(("roost-on-success", "https://example.com/")).checkOutside()
        for text in ["function:a.b", "event:x", "file:x"] {
            let wishes = try read(("roost-on-failure", text))
            #expect(throws: DeliveryProblem.self) { try wishes.checkOutside() }
        }
    }

    @Test(arguments: DeliveryKey.allCases)
    func everyNameIsThatOfItsField(key: DeliveryKey) {
        #expect(key.shownField.lowercased() == key.field)
        #expect(key.field.filter { $0 != "-" } == "roost" + key.rawValue.lowercased())
    }
}
