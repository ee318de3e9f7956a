import FunctionModel
import Testing

struct DeliveryPolicyTests {
    @Test(arguments: [
        ("https://hooks.example.com/a", "https://hooks.example.com/", true),
        ("https://hooks.example.com/a", "https://hooks.example.com", true),
        ("https://HOOKS.example.com/a", "https://hooks.Example.com", true),
        ("https://hooks.example.com/a/b", "https://hooks.example.com/a", true),
        ("https://hooks.example.com/a?x=1", "https://hooks.example.com/a", true),
        ("https://hooks.example.com/ab", "https://hooks.example.com/a", false),
        ("https://hooks.example.com.evil.org/", "https://hooks.example.com", false),
        ("https://hooks.example.com@evil.org/", "https://hooks.example.com", false),
        ("https://hooks.example.com:8443/", "https://hooks.example.com", false),
        ("http://hooks.example.com/a", "https://hooks.example.com/", false),
        ("https://evil.org/?https://hooks.example.com/", "https://hooks.example.com/", false),
        ("https://a@hooks.example.com/", "https://hooks.example.com/", false),
        ("https://hooks.example.com/a/../b", "https://hooks.example.com/a", false),
        ("https://hooks.example.com/a/%2E%2e/b", "https://hooks.example.com/a", false),
        ("https://hooks.example.com\\.evil.org/", "https://hooks.example.com", false),
        ("https://hooks.example.com:443/a", "https://hooks.example.com/", true),
        ("http://[::1]:80/a", "http://[::1]/", true), ("file:///etc/passwd", "*", false),
    ])
    func namesWholeHostsAndSegments(url: String, allowed: String, isAllowed: Bool) {
        var policy = DeliveryPolicy()
        policy.urls = [allowed]
        #expect(policy.names(url) == isAllowed)
        #expect((policy.problem(.url(url)) == nil) == isAllowed)
    }

    @Test(arguments: [
        ("http://x", "http://x/"),
        ("HTTPS://X.example:8443/P?q=1#f", "https://x.example:8443/P?q=1"),
        ("http://[FE80::1]/", "http://[fe80::1]/"), ("http://x?q", "http://x/?q"),
        ("http://", nil), ("http://x:0/", nil), ("http://x:99999/", nil), ("http://a b/", nil),
        ("http://x/\r\nHost: y", nil), ("http://u:p@x/", nil), ("gopher://x/", nil), ("//x", nil),
    ])
    func readsUrlsOneWay(text: String, as shown: String?) {
        #expect(DeliveryURL(text)?.description == shown)
    }

    @Test func allowsNothingUnlessToldSo() throws {
        let policy = DeliveryPolicy()
        #expect(
            policy.problem(.url("https://example.com/"))?.description.contains("deliverTo") == true
        )
        #expect(policy.problem(.file("a.jsonl"))?.description.contains("deliverInto") == true)
        #expect(policy.problem(.function(try FunctionName("a.b"))) == nil)
        #expect(policy.problem(.event(type: "x")) == nil)
        var open = DeliveryPolicy()
        open.urls = ["*"]
        #expect(open.problem(.url("https://example.com/")) == nil)
        #expect(!open.names("https://example.com/"))
    }

    @Test(arguments: ["../a", "/etc/passwd", "a/b", ".hidden", "", "ä", "a b", "a\u{0}"])
    func filesAreNamesAndNoPaths(name: String) {
        var policy = DeliveryPolicy()
        policy.directory = "/tmp"
        #expect(policy.problem(.file(name)) != nil)
        #expect(policy.problem(.file("failed-1_x.jsonl")) == nil)
    }
}
