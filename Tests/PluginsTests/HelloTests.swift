import FunctionTesting
import Hello
import Testing

@Suite struct HelloTests {
    @Test func greetsByName() async throws {
        let reply = await (try TestHost(entry: Hello.entry)).invoke(
            "hello",
            try .json(["name": "Ada"])
        )
        #expect(reply.text == #"{"message":"Hello, Ada!"}"#)
        #expect(reply.status == 200)
    }

    @Test func saysWhatIsMissing() async throws {
        let reply = await (try TestHost(entry: Hello.entry)).invoke("hello", TestEvent().text("{}"))
        #expect(reply.status == 400)
        #expect(reply.errorMessage == "The body can't be decoded: 'name' is missing.")
    }
}
