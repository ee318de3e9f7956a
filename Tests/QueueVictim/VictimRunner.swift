import FunctionModel
import NIOCore
import Synchronization

/// Runs functions that do nothing but tell that they began: some take long enough for renewals, some
/// fail.
final class VictimRunner: QueueRunner {
    private static let places = 16
    private let running = Atomic<Int>(0)
    private let hasBegun = Atomic<Bool>(false)

    func places(of functions: Set<FunctionName>?) -> [FunctionName: FunctionPlaces] {
        let free = max(0, Self.places - running.load(ordering: .relaxed))
        let places = FunctionPlaces(free: free, longest: .milliseconds(60), ahead: 32)
        return [QueueVictim.function: places]
    }

    func steps(of function: FunctionName) -> [FunctionName] { [] }

    func run(
        _ request: InvocationRequest,
        done: @escaping @Sendable (InvocationResult) -> Void
    ) -> any InvocationControl {
        running.add(1, ordering: .relaxed)
        if !hasBegun.exchange(true, ordering: .relaxed) { Line.write("ready") }
        if request.trigger == .file {
            let body = String(buffer: request.body)
            Line.write("file-run \(request.id) \(request.attempt) \(body)")
        } else {
            if request.trigger == .cron, let due = Self.due(request), QueueVictim.now() < due {
                Line.write("early \(request.id) \(request.attempt)")
            }
            Line.write("run \(request.id) \(request.attempt)")
        }
        let chance = Int.random(in: 0..<100)
        Task {
            if chance < 20 { await pause(.milliseconds(chance < 4 ? 90 : 2)) }
            running.subtract(1, ordering: .relaxed)
            done(Self.result(chance))
        }
        return VictimControl()
    }

    /// When a tick is due, as its event says.
    private static func due(_ request: InvocationRequest) -> WallTime? {
        let words = String(buffer: request.body).split(separator: "\"")
        guard let name = words.firstIndex(of: "due"), words.indices.contains(name + 2),
            let seconds = UTCInstant.seconds(String(words[name + 2]))
        else { return nil }
        return WallTime(nanoseconds: seconds * 1_000_000_000)
    }

    private static func result(_ chance: Int) -> InvocationResult {
        switch chance {
        case 90..<95: InvocationResult(outcome: .crashed)
        case 95:
            InvocationResult(
                outcome: .failed,
                error: InvocationError(kind: "Wrong", message: "for good", retryable: false)
            )
        default: InvocationResult(outcome: .succeeded, head: ResponseHead(status: 200))
        }
    }

    func record(of id: InvocationID) -> InvocationRecord? { nil }
}

/// Waits; nobody cancels here.
func pause(_ duration: Duration) async {
    do { try await Task.sleep(for: duration) } catch {}
}

private final class VictimControl: InvocationControl {
    func sendBody(_ piece: ByteBuffer, end: Bool) {}
    func grantCredit(bytes: Int) {}
    func cancel(_ reason: CancelReason) {}
}
