internal import Foundation
internal import FunctionModel
internal import NIOCore

extension AdminClient {
    /// Lists all schedules.
    func schedules() async throws -> [ScheduleView] {
        let reply: [String: [ScheduleView]] = try await fetch("/v1/schedules")
        return reply["schedules"] ?? []
    }

    /// Shows one schedule.
    func schedule(_ name: String) async throws -> ScheduleView {
        try await fetch("/v1/schedules/\(Self.escaped(name))")
    }

    /// The next instants of a schedule.
    func nextTicks(of name: String, count: Int) async throws -> [String] {
        let target = "/v1/schedules/\(Self.escaped(name))/next?count=\(count)"
        let reply: [String: [String]] = try await fetch(target)
        return reply["next"] ?? []
    }

    /// What became of a schedule's ticks, the latest first.
    func ticks(of name: String, before: String?, limit: Int) async throws -> [TickView] {
        var target = "/v1/schedules/\(Self.escaped(name))/ticks?limit=\(limit)"
        if let before { target += "&before=\(Self.escaped(before))" }
        let reply: [String: [TickView]] = try await fetch(target)
        return reply["ticks"] ?? []
    }

    /// Switches a schedule on or off.
    func turn(_ name: String, on: Bool) async throws -> ScheduleView {
        try await post("/v1/schedules/\(Self.escaped(name))/\(on ? "enable" : "disable")")
    }

    /// Runs a schedule's function now.
    func runSchedule(_ name: String) async throws -> TickView {
        try await post("/v1/schedules/\(Self.escaped(name))/run")
    }

    /// Changes a schedule; `nil` gives back what is declared.
    ///
    /// - Returns: The schedule; `nil` for one that isn't in force.
    func edit(_ name: String, _ changes: [String: String?]) async throws -> ScheduleView? {
        var request = Request("PATCH", "/v1/schedules/\(Self.escaped(name))")
        request.body = ByteBuffer(bytes: try JSONEncoder().encode(changes))
        let reply = try await send(request)
        guard reply.isFine else { throw CommandFailure.refused(reply) }
        guard reply.status != 204 else { return nil }
        return try JSONDecoder().decode(ScheduleView.self, from: reply.data)
    }

    private func post<Value: Decodable>(_ target: String) async throws -> Value {
        let reply = try await send(Request("POST", target))
        guard reply.isFine else { throw CommandFailure.refused(reply) }
        return try JSONDecoder().decode(Value.self, from: reply.data)
    }
}
