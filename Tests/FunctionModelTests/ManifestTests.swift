import FunctionModel
import Testing

@Suite struct ManifestTests {
    private func manifest(_ change: (inout Manifest) -> Void = { _ in }) -> Manifest {
        var manifest = Manifest(plugin: "shop", functions: [FunctionManifest(name: "buy")])
        change(&manifest)
        return manifest
    }

    private func refusal(_ change: (inout Manifest) -> Void) -> String? {
        do throws(PluginRefusal) {
            _ = try manifest(change).validated()
            return nil
        } catch {
            return error.kind == "badManifest" ? error.message : "wrong kind \(error.kind)"
        }
    }

    private func trigger(_ change: (inout TriggerDeclaration) -> Void) -> [TriggerDeclaration] {
        var trigger = TriggerDeclaration()
        change(&trigger)
        return [trigger]
    }

    @Test func aGoodOneComesBackAsItWas() throws {
        let good = manifest { manifest in
            manifest.version = "1.2"
            manifest.functions[0].triggers = trigger {
                $0.http = HTTPTriggerDeclaration(method: "POST", path: "/orders/{id}/{rest*}")
            }
        }
        #expect(try good.validated() == good)
    }

    @Test func namesArePlaced() {
        #expect(refusal { $0.plugin = "Shop" }?.contains("plugin's name") == true)
        #expect(refusal { $0.plugin = "" } != nil)
        #expect(refusal { $0.functions[0].name = "1st" }?.contains("number 1") == true)
        let twice = refusal { $0.functions.append(FunctionManifest(name: "buy")) }
        #expect(twice?.contains("'buy' twice") == true)
    }

    @Test func sizesAreBounded() {
        #expect(refusal { $0.functions = [] } != nil)
        #expect(
            refusal { manifest in
                manifest.functions = (0...256).map { FunctionManifest(name: "f\($0)") }
            }?.contains("257") == true
        )
        #expect(refusal { $0.summary = String(repeating: "x", count: 1_025) } != nil)
        #expect(refusal { $0.version = String(repeating: "x", count: 129) } != nil)
        #expect(
            refusal {
                $0.functions[0].triggers = Array(repeating: TriggerDeclaration(), count: 33)
            }?.contains("33") == true
        )
    }

    @Test func aTriggerIsExactlyOneThing() {
        #expect(
            refusal { $0.functions[0].triggers = [TriggerDeclaration()] }?
                .contains("none of them") == true
        )
        let both = trigger {
            $0.cron = CronTriggerDeclaration(expression: "@hourly")
            $0.internal = InternalTriggerDeclaration()
        }
        #expect(refusal { $0.functions[0].triggers = both }?.contains("2 of them") == true)
    }

    @Test(arguments: [
        ("GET", "orders", "start with '/'"), ("get", "/a", "not a method"),
        ("GET", "/a//b", "empty segment"), ("GET", "/{a}/{a}", "two parameters"),
        ("GET", "/{rest*}/a", "come last"), ("GET", "/a{b}", "whole segment"),
        ("GET", "/{a", "lacks its '}'"), ("GET", "/{}", "not a parameter"),
        ("GET", "/{1a}", "not a parameter"), ("GET", "/a b", "letters"), ("GET", "/a?b", "letters"),
        ("GET", "/functions/x", "belongs to the host"), ("GET", "/invocations", "belongs"),
        ("GET", "/" + String(repeating: "a", count: 1_024), "longer"),
        ("GET", String(repeating: "/a", count: 33), "segments"),
    ])
    func badRoutes(method: String, path: String, says: String) {
        let triggers = trigger { $0.http = HTTPTriggerDeclaration(method: method, path: path) }
        let message = refusal { $0.functions[0].triggers = triggers }
        #expect(message?.contains(says) == true, "\(message ?? "accepted")")
        #expect(message?.contains("trigger number 1 of function 'buy'") == true)
    }

    @Test func twoFunctionsCannotTakeOneRoute() {
        let message = refusal { manifest in
            manifest.functions.append(FunctionManifest(name: "sell"))
            for (index, path) in ["/a/{x}", "/a/{y}"].enumerated() {
                manifest.functions[index].triggers = trigger {
                    $0.http = HTTPTriggerDeclaration(method: "GET", path: path)
                }
            }
        }
        #expect(message?.contains("'buy' and 'sell'") == true)
    }

    @Test func limitsHaveBounds() {
        for (path, _, allowed) in QuotaOverrides.bounds {
            guard let path = path as? WritableKeyPath<QuotaOverrides, Int?> else {
                Issue.record("a limit that can't be written")
                continue
            }
            for (value, isGood) in [
                (allowed.lowerBound, true), (allowed.upperBound, true),
                (allowed.lowerBound - 1, false), (allowed.upperBound + 1, false), (.min, false),
            ] {
                var limits = QuotaOverrides()
                limits[keyPath: path] = value
                #expect((limits.problem == nil) == isGood)
            }
        }
        let message = refusal { manifest in
            manifest.functions[0].limits = QuotaOverrides()
            manifest.functions[0].limits?.timeoutMilliseconds = 0
        }
        #expect(message?.contains("function 'buy'") == true)
    }

    @Test func filesAndSchedulesAreChecked() {
        for declared in [
            trigger { $0.cron = CronTriggerDeclaration(expression: "") },
            trigger { $0.files = FilesTriggerDeclaration(directory: "") },
            trigger { $0.files = FilesTriggerDeclaration(directory: "a\0b") },
            trigger {
                $0.files = FilesTriggerDeclaration(directory: "a")
                $0.files?.matching = [""]
            },
        ] {
            #expect(refusal { $0.functions[0].triggers = declared } != nil)
        }
    }
}
