internal import CellProtocol
internal import FunctionModel
internal import NIOCore
internal import Platform

extension InvokeHead {
    /// What a worker is told of a job.
    init(_ job: WorkerJob) {
        self.init()
        let request = job.request
        function = UInt16(clamping: job.functionIndex)
        trigger = Self.number(of: request.trigger)
        attempt = UInt32(clamping: request.attempt)
        deadline = Int64(clamping: job.deadline.uptimeNanoseconds)
        cpuLimit = job.quota.cpuTime.wholeNanoseconds
        grace = job.quota.cancellationGrace.wholeNanoseconds
        logLimit = UInt32(clamping: job.quota.logSize.bytes)
        responseLimit = UInt32(clamping: job.quota.responseSize.bytes)
        received = WallClock.nanoseconds
        id = request.id.description
        name = request.function.description
        contentType = request.contentType
        traceparent = request.trace.traceparent
        tracestate = request.trace.state
        guard let http = request.http else { return }
        method = http.method
        path = http.path
        query = http.query
        headers = http.headers.map { ($0.name, $0.value) }
        parameters = http.parameters.map { ($0.name, $0.value) }
    }

    /// ROOST_TRIGGER_… of the plugin contract.
    private static func number(of trigger: TriggerKind) -> UInt8 {
        switch trigger {
        case .http: 0
        case .cron: 1
        case .file: 2
        case .queue: 3
        case .event: 4
        case .call: 5
        case .operator: 6
        }
    }
}
