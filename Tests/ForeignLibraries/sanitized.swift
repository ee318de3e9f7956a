import ForeignCalls
import Glibc

// Calls the library of every type, with values that fit and values that don't, under the address
// sanitizer: what a call took has to be given back, once. Ends with 0 where nothing is left.

let rounds = CommandLine.arguments.dropFirst(3).first.flatMap { Int($0) } ?? 20_000
let inner = #"{"small":1,"wide":0.5}"#
let outer = """
    {"flag":1,"inner":\(inner),"list":[1,2,3],"name":"n","raw":"AP8=","pair":[\(inner),\(inner)],\
    "colour":"red"}
    """
/// Calls that go well, with what comes back of handles in place of `HANDLE`.
let calls: [(name: String, body: String)] = [
    ("same_text", #"{"args":["aé\u00e9"]}"#), ("copied", #"{"args":["copied and freed"]}"#),
    ("copy_out", #"{"args":["copied and freed"]}"#), ("sum_bytes", #"{"args":["AP8Q"]}"#),
    ("reverse", #"{"args":["AP8Q",100]}"#), ("raw_reverse", #"{"args":["AP8Q"]}"#),
    ("invert", #"{"args":["AP8="]}"#), ("sum_int64", #"{"args":[[1,-2,"3"]]}"#),
    ("first_n", #"{"args":[1000]}"#), ("same_outer", "{\"args\":[\(outer)]}"),
    ("grow", "{\"args\":{\"value\":\(outer)}}"), ("wide_of", "{\"args\":[\(outer)]}"),
    ("wide_of", #"{"args":[null]}"#), ("make_outer", "{}"),
    ("sum_mixed", #"{"args":[[{"i":1,"f":0.5,"d":0.25}]]}"#), ("out_all", "{}"),
    ("maybe", #"{"args":[1]}"#), ("surely", #"{"args":[-1]}"#),
    ("fails_with_errno", #"{"args":[2]}"#), ("fails_with_code", #"{"args":[3]}"#),
    ("counter_new", #"{"args":[1]}"#), ("counter_make", #"{"args":[1]}"#),
    ("counter_make", #"{"args":[-1]}"#), ("counter_next", #"{"args":["HANDLE"]}"#),
    ("counter_free", #"{"args":["HANDLE"]}"#), ("counter_free", #"{"args":["HANDLE"]}"#),
    ("local_begin", #"{"args":[1]}"#), ("local_begin", #"{"args":[-1]}"#),
    ("local_next", #"{"args":["HANDLE"]}"#), ("local_end", #"{"args":["HANDLE"]}"#),
    ("each", #"{"args":[[5,-6]]}"#), ("apply", #"{"args":["half",5]}"#), ("not_unicode", "{}"),
]

func read(_ path: String) -> [UInt8] {
    var bytes: [UInt8] = []
    guard let file = fopen(path, "r") else { return bytes }
    while case let byte = getc(file), byte >= 0 { bytes.append(UInt8(byte)) }
    fclose(file)
    return bytes
}

guard CommandLine.arguments.count > 2, let handle = dlopen(CommandLine.arguments[1], RTLD_NOW)
else {
    fatalError("usage: sanitized LIBRARY SIGNATURES [ROUNDS]")
}
let plugin = try ForeignPlugin(signatures: read(CommandLine.arguments[2]), name: "limits") { name in
    dlsym(handle, name).map(ForeignPlugin.Symbol.function) ?? .missing
}
let manifest = String(decoding: plugin.manifest, as: UTF8.self)
let names = manifest.split(separator: "{\"name\":\"").dropFirst()
    .map { String($0.prefix { $0 != "\"" }) }

@MainActor func call(_ name: String, _ body: [UInt8]) -> (status: Int, body: String) {
    guard let index = names.firstIndex(of: name) else { fatalError("no function \(name)") }
    let reply = body.withUnsafeBytes { plugin.call(index, ForeignRequest(body: $0)) }
    return (reply.status, String(decoding: plugin.body, as: UTF8.self))
}

/// Numbers that are the same each time.
struct Numbers {
    var state: UInt64 = 88_172_645_463_325_252

    mutating func next(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(bound))
    }
}

var random = Numbers()
var handles = ["none"]
var taken = 0
for round in 0..<rounds {
    let (name, text) = calls[random.next(calls.count)]
    let named = text.replacing("HANDLE", with: handles[random.next(handles.count)])
    var body = Array(named.utf8)
    // Two of three are damaged: whatever was taken for the first arguments has to be given back.
    if round % 3 > 0, !body.isEmpty {
        switch random.next(3) {
        case 0: body[random.next(body.count)] = UInt8(random.next(128))
        case 1: body.removeSubrange(random.next(body.count)..<body.count)
        default: body.insert(contentsOf: Array("null,".utf8), at: random.next(body.count))
        }
    }
    let reply = call(name, body)
    if reply.status == 200 { taken += 1 }
    for part in reply.body.split(separator: "\"")
    where part.hasPrefix("counter-") || part.hasPrefix("local-") {
        handles.append(String(part))
        if handles.count > 50 { handles.removeFirst(25) }
    }
}
plugin.drain()
let living = call("counters_living", []).body
print("\(rounds) calls, \(taken) of them taken; left: \(living)")
exit(living == "{\"result\":0}" && taken > rounds / 4 ? 0 : 1)
