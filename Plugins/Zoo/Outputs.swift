import CZooFaults
import FunctionSDK
import Glibc

/// The ways in which a plugin writes where it shouldn't, or too much.
let outputs: [Function] = [
    plain("print") { ask, _ in
        print(ask.text ?? "printed")
        return "written"
    },
    plain("fputs") { ask, _ in
        zoo_fputs(ask.text ?? "put")
        return "written"
    },
    plain("printf") { ask, _ in
        zoo_printf(ask.text ?? "formatted")
        return "written"
    },
    plain("write") { ask, _ in Int(zoo_write(ask.code ?? 1, (ask.text ?? "wrote") + "\n")) },
    plain("big-log") { ask, context in
        let line = String(repeating: "x", count: 1_023)
        var left = ask.bytes ?? 1 << 20
        while left > 0 {
            context.logger.info(line)
            left -= 1_024
        }
        return "logged"
    },
    plain("big-reply") { ask, _ in [UInt8](repeating: 120, count: ask.bytes ?? 8 << 20) },
]
