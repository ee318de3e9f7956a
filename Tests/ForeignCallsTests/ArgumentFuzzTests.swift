import ForeignCalls
import Foundation
import SeededRandom
import Testing

/// Whatever a caller sends, the library gets values of its types or isn't called at all.
@Suite(.serialized)
struct ArgumentFuzzTests {
    private static let inner = #"{"small":1,"wide":0.5}"#
    private static let outer = """
        {"flag":1,"inner":\(inner),"list":[1,2,3],"name":"n","raw":"AP8=","pair":[\(inner),\(inner)],\
        "colour":"red"}
        """
    private static let bodies: [(String, String)] = [
        ("same_int8", #"{"args":[-128]}"#), ("same_uint64", #"{"args":["18446744073709551615"]}"#),
        ("same_double", #"{"args":[1.5e-10]}"#), ("same_float", #"{"args":["NaN:ffc00001"]}"#),
        ("same_text", #"{"args":["\u00e9\ud83d\ude00 a"]}"#), ("same_bool", #"{"args":[true]}"#),
        ("same_colour", #"{"args":["blue"]}"#), ("same_outer", "{\"args\":[\(outer)]}"),
        ("grow", "{\"args\":{\"value\":\(outer)}}"), ("sum_int64", #"{"args":[[1,-2,"3"]]}"#),
        ("sum_bytes", #"{"args":["AP8Q",3]}"#), ("sum_bytes", #"{"args":[{"text":"hi"}]}"#),
        ("reverse", #"{"args":["AP8Q",100]}"#), ("first_n", #"{"args":[3]}"#),
        ("sum_mixed", #"{"args":[[{"i":1,"f":0.5,"d":0.25}]]}"#), ("each", #"{"args":[[5,-6]]}"#),
        ("apply", #"{"args":["half",5]}"#), ("counter_next", #"{"args":["counter-1-1"]}"#),
        ("twice", #"{"args":{"value":4}}"#), ("invert", #"{"args":["AP8="]}"#),
    ]

    static var rounds: Int {
        ProcessInfo.processInfo.environment["ROOST_TEST_ROUNDS"].flatMap { Int($0) } ?? 4_000
    }

    static var seed: UInt64 {
        ProcessInfo.processInfo.environment["ROOST_CAMPAIGN_SEED"].flatMap { UInt64($0) } ?? 6
    }

    @Test func damagedArgumentsAreRefusedInWordsOrTaken() throws {
        let library = try TestLibrary.limits()
        var random = SeededGenerator(seed: Self.seed)
        for round in 0..<Self.rounds {
            let (name, body) = Self.bodies[round % Self.bodies.count]
            let bytes = random.mutate(Array(body.utf8))
            Self.judge(library, name, bytes, "seed \(Self.seed), round \(round)")
        }
    }

    /// Arguments of other functions are JSON, and mostly of the wrong types.
    @Test func argumentsOfOthersAreRefusedInWordsOrTaken() throws {
        let library = try TestLibrary.limits()
        for name in library.names where name != "fails_with_errno" {
            for (_, body) in Self.bodies { Self.judge(library, name, Array(body.utf8), name) }
        }
        library.plugin.drain()
        #expect(library.call("counters_living").body == "{\"result\":0}")
    }

    @Test func randomQueriesAreRefusedInWordsOrTaken() throws {
        let library = try TestLibrary.limits()
        var random = SeededGenerator(seed: Self.seed)
        for round in 0..<Self.rounds {
            let query = random.mutate(Array("argument1=%2D12&text=a+%C3%A9&value=1e5".utf8))
            let name = library.names[round % library.names.count]
            let text = String(decoding: query, as: UTF8.self)
            let reply = library.call(name, query: text)
            #expect(Self.isSound(reply), "\(name)?\(text): \(reply)")
        }
        library.plugin.drain()
    }

    private static func judge(
        _ library: TestLibrary,
        _ name: String,
        _ bytes: [UInt8],
        _ place: String
    ) {
        guard let index = library.names.firstIndex(of: name) else { return }
        let status = bytes.withUnsafeBytes {
            library.plugin.call(index, ForeignRequest(body: $0)).status
        }
        let body = String(decoding: library.plugin.body, as: UTF8.self)
        let sent = String(decoding: bytes, as: UTF8.self)
        #expect(isSound((status, body)), "\(place): \(name) \(sent)\n\(status) \(body)")
    }

    /// A result, or a problem with a sentence.
    private static func isSound(_ reply: (status: Int, body: String)) -> Bool {
        if reply.status == 200, !reply.body.hasPrefix("{\"result\"") { return true }
        do {
            let value = try JSONSerialization.jsonObject(with: Data(reply.body.utf8))
            guard let members = value as? [String: Any] else { return false }
            if reply.status == 200 { return members["result"] != nil }
            let detail = members["detail"] as? String ?? ""
            return !detail.isEmpty && members["status"] as? Int == reply.status
        } catch {
            return false
        }
    }
}
