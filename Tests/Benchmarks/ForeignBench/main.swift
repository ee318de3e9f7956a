import CLibFFI
import ForeignCalls
import ForeignSignatures
import Glibc

// What a call of a C function costs beyond the hop and the JSON: `fmax(1.5, 2.5)` of libm.
//
//   direct       through a function pointer
//   ffi_call     libffi, with a prepared interface and values in place
//   whole        from the request's JSON to the reply's, as a worker does it
//   JSON alone   reading that request and its numbers, writing that reply
//
// Each is the median of rounds that take turns; `whole` less `JSON alone` is what is asked for.
//
// Then a call of every kind, from JSON to JSON: its time, and how often it asks for memory once it has
// been made before. With --allocations only the latter, by name: what a test holds to nothing.

if CommandLine.arguments.contains("--allocations") {
    for sample in try Sample.all() { print("\(try sample.allocations()) \(sample.name)") }
    exit(0)
}

let rounds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 15
let calls = 200_000
let request = Array(#"{"args":[1.5,2.5]}"#.utf8)
let signatures = """
    {"library":"libm.so.6","functions":[
      {"name":"fmax","arguments":[{"name":"x","type":"double"},{"name":"y","type":"double"}],
       "result":"double"}]}
    """

func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}

/// Nanoseconds for one of many.
func measure(_ body: (Int) -> Void) -> Double {
    let begin = now()
    for index in 0..<calls { body(index) }
    return (now() - begin) / Double(calls)
}

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

guard let library = dlopen("libm.so.6", RTLD_NOW), let address = dlsym(library, "fmax") else {
    fatalError("there is no libm.so.6 here")
}
let plugin = try ForeignPlugin(signatures: Array(signatures.utf8), name: "libm") { name in
    dlsym(library, name).map(ForeignPlugin.Symbol.function) ?? .missing
}

typealias Maximum = @convention(c) (Double, Double) -> Double
let maximum = unsafeBitCast(address, to: Maximum.self)
nonisolated(unsafe) var sum = 0.0

let number = roost_ffi_type(Int32(ROOST_FFI_DOUBLE))
let types = UnsafeMutablePointer<UnsafeMutablePointer<ffi_type>>.allocate(capacity: 2)
types.initialize(repeating: number, count: 2)
let interface = UnsafeMutablePointer<ffi_cif>.allocate(capacity: 1)
guard roost_ffi_prepare(interface, 2, 2, number, types) == 0 else { fatalError("ffi_prep_cif") }
let numbers = UnsafeMutablePointer<Double>.allocate(capacity: 3)
numbers.initialize(repeating: 1.5, count: 3)
let places = UnsafeMutablePointer<UnsafeMutableRawPointer?>.allocate(capacity: 2)
places[0] = UnsafeMutableRawPointer(numbers)
places[1] = UnsafeMutableRawPointer(numbers + 1)
let result = UnsafeMutableRawPointer(numbers + 2)

var tape = JSONTape()
var output = JSONOutput()

/// Reads the request and writes the reply, without a call between.
func onlyJSON(_ tape: inout JSONTape, _ output: inout JSONOutput) throws {
    try tape.read(request.span)
    var read = 0.0
    for index in 3...4 {
        let node = tape[index]
        read += JSONNumber.double(request.span, Int(node.start)..<Int(node.end)) ?? 0
    }
    output.removeAll()
    output.raw("{\"result\":")
    output.double(max(2.5, read / 4))
    output.raw("}")
}

var figures: [[Double]] = [[], [], [], []]
for _ in 0..<rounds {
    figures[0].append(measure { sum += maximum(Double($0), 2.5) })
    figures[1].append(measure { _ in _ = roost_ffi_call(interface, address, result, places) })
    request.withUnsafeBytes { bytes in
        let body = ForeignRequest(body: bytes)
        figures[2].append(measure { _ in _ = plugin.call(0, body) })
    }
    try figures[3].append(
        {
            let begin = now()
            for _ in 0..<calls { try onlyJSON(&tape, &output) }
            return (now() - begin) / Double(calls)
        }()
    )
}

func line(_ name: String, _ value: Double) {
    let digits = "\((value * 10).rounded() / 10)"
    print(name, String(repeating: " ", count: max(1, 46 - name.count - digits.count)), digits, "ns")
}
line("direct", median(figures[0]))
line("ffi_call, prepared", median(figures[1]))
line("whole, from JSON to JSON", median(figures[2]))
line("JSON alone", median(figures[3]))
line("beyond the JSON (whole less JSON)", median(zip(figures[2], figures[3]).map { $0 - $1 }))

print()
for sample in try Sample.all() {
    let count = try sample.allocations()
    let times = (0..<rounds).map { _ in
        let begin = now()
        for _ in 0..<20_000 { _ = sample.call() }
        return (now() - begin) / 20_000
    }
    line("\(sample.name) (\(count) allocations)", median(times))
}
