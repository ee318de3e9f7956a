import CZooFaults
import FunctionSDK
import Glibc

/// An error that is thrown.
struct ZooError: Error, CustomStringConvertible {
    let description: String
}

/// The faults that end an invocation at once.
///
/// Values come through `zoo_opaque`, so that the
/// optimiser can't find the fault at compile time.
let traps: [Function] = [
    trap("throw") { throw ZooError(description: "zoo says no") },
    trap("fatal-error") { fatalError("zoo says no") },
    trap("precondition") { precondition(zoo_opaque(0) == 1, "zoo wants one") },
    trap("index") { use([1, 2, 3][zoo_opaque(3)]) },
    trap("nil") {
        let number: Int? = zoo_opaque(0) == 1 ? 1 : nil
        // swift-format-ignore: NeverForceUnwrap
        use(number!)
    },
    trap("overflow") { use(Int.max + zoo_opaque(1)) },
    trap("divide") { use(1 / zoo_opaque(0)) },
    trap("bad-cast") {
        // swift-format-ignore: NeverForceUnwrap
        use((opaque(1) as! String).count)
    },
    trap("try") {
        // swift-format-ignore: NeverUseForceTry
        try! fail()
    },
    trap("exclusivity") {
        let box = Box()
        change(&box.value) { box.value += 1 }
    },
    trap("wild-pointer") {
        UnsafeMutablePointer<Int>(bitPattern: zoo_opaque(16))?.pointee = 1
    },
    trap("stack-overflow") { use(recurse(zoo_opaque(1))) },
    trap("abort") { abort() },
    trap("stuck-lock") { zoo_crash_in_loader() },
    trap("cxx-exception") { zoo_throw("zoo says no, in C++") },
    plain("exit") { ask, _ -> String in exit(ask.code ?? 3) },
    plain("exit-group") { ask, _ in
        zoo_exit_group(ask.code ?? 3)
        return "still here"
    },
    plain("kill-self") { ask, _ in
        kill(getpid(), ask.signal ?? SIGKILL)
        return "still here"
    },
]

private final class Box {
    var value = 0
}

private func trap(_ name: String, _ body: @escaping @Sendable () throws -> Void) -> Function {
    plain(name) { _, _ in
        try body()
        return "still here"
    }
}

private func fail() throws { throw ZooError(description: "zoo threw") }

@inline(never)
private func use(_ value: Int) { _ = zoo_opaque(value) }

@inline(never)
private func opaque(_ value: Int) -> Any { zoo_opaque(value) }

@inline(never)
private func change(_ value: inout Int, _ body: () -> Void) {
    body()
    value += 1
}

@inline(never)
private func recurse(_ depth: Int) -> Int {
    let deeper = zoo_opaque(depth) == 0 ? 0 : recurse(depth + 1)
    return deeper &+ zoo_opaque(depth)
}
