import CZooFaults
import FunctionSDK

/// The faults that destroy memory of others: of neighbours, the runtime, the allocator or the cell.
let corruptions: [Function] = [
    plain("double-free") { _, _ in
        zoo_double_free()
        return "still here"
    },
    plain("double-free-use") { _, _ in Int(zoo_double_free_and_use()) },
    plain("heap-overrun") { ask, _ in Int(zoo_overrun(ask.bytes ?? 1 << 20)) },
    plain("wild-write") { ask, _ in
        switch ask.text ?? "neighbours" {
        case "runtime": Int(zoo_overwrite_library("libswiftCore"))
        case "allocator": Int(zoo_overwrite_library("libjemalloc"))
        case "cell": Int(zoo_overwrite_library(""))
        default: Int(zoo_overwrite_neighbours())
        }
    },
]
