// A cell that speaks the protocol and then breaks it, in the way that its argument names. It runs no
// plugin: what it is given as an image stays unread.
internal import CellProtocol
internal import Platform

#if canImport(Glibc)
internal import Glibc
#endif

let mode = CommandLine.arguments.dropFirst().first ?? "echo"
let control = ControlPort()

switch mode {
case "exitAtOnce": exit(3)
case "silence":
    while control.receive() != nil {}
    exit(0)
case "badHello": control.send([200, 1, 2, 3])
case "oldHello": control.send(.hello(protocolVersion: 99, enforced: [], missing: []))
case "noHello": control.send(.tainted(reason: "first word"))
default: control.send(.hello(protocolVersion: 1, enforced: ["nothing"], missing: ["everything"]))
}

switch mode {
case "outputFlood":
    let line = [UInt8](repeating: UInt8(ascii: "x"), count: 100) + [10]
    for _ in 0..<50_000 { _ = unsafe write(2, line, line.count) }
case "taint": control.send(.tainted(reason: "it pleases me"))
case "left":
    control.send(.left(plugin: "echo", bytes: 1 << 20, threads: 0))
    control.send(.left(plugin: "echo", bytes: .max, threads: .max))
    control.send(.left(plugin: "other", bytes: 3, threads: 0))
case "leftLong":
    control.send(.left(plugin: String(repeating: "p", count: 30_000), bytes: 1, threads: 0))
case "unaskedReport":
    control.send(.usage(images: 1, workers: 1, residentBytes: 1, mappings: 1))
case "longPacket": control.send([UInt8](repeating: 4, count: ControlChannel.maximumPacket + 1))
default: break
}

while let (message, descriptors) = control.receive() {
    switch message {
    case .start(let worker, _, _, _):
        guard descriptors.count == 3 else { exit(4) }
        if mode == "dieAtStart" { kill(getpid(), SIGKILL) }
        close(descriptors[0])
        try ServiceThread.start(named: "worker") {
            HostileWorker(
                mode: mode,
                channel: descriptors[1],
                page: descriptors[2],
                control: control,
                worker: worker
            ).run()
        }
    case .report where mode != "noReport":
        control.send(.usage(images: 0, workers: 0, residentBytes: 1 << 20, mappings: 100))
    case .report: break
    case .file: for descriptor in descriptors { close(descriptor) }
    case .finish where mode != "ignoreFinish": exit(0)
    case .finish: break
    }
}
