import Testing

/// The reader has to be able to refuse, or what it accepts proves nothing.
struct PrometheusPageTests {
    @Test(arguments: [
        "a 1\n", "# HELP a_total x\n# TYPE a_total counter\na_total 1",
        "# HELP a x\n# TYPE a gauge\na{b=\"c} 1\n",
        "# HELP a x\n# TYPE a gauge\na 1\na 2\n", "# HELP a x\n# TYPE a gauge\na one\n",
        "# HELP a x\n# TYPE a gauge\nb 1\n", "# HELP a x\n# TYPE a counter\na 1\n",
        "# HELP a x\n# TYPE a odd\na 1\n",
        "# HELP a x\n# TYPE a gauge\n1a 1\n", "# HELP a x\n# TYPE a gauge\na{b=\"\\x\"} 1\n",
        "# HELP h x\n# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n",
        "# HELP h x\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_sum 1\nh_count 1\n",
    ])
    func refusesWhatIsNotTheFormat(text: String) {
        #expect(throws: PrometheusPage.Fault.self) { try PrometheusPage(text) }
    }

    @Test func readsWhatIs() throws {
        let page = try PrometheusPage("# HELP a x\n# TYPE a gauge\na{b=\"c\\n\",d=\"\"} 1.5e-3\n")
        #expect(page.value("a", ["b": "c\n", "d": ""]) == 0.001_5)
    }
}
