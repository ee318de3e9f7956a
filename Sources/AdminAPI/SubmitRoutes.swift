internal import FunctionModel
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// Takes many invocations in one request, and events.
struct SubmitRoutes: Sendable {
    let host: any HostOperations
    let settings: AdminSettings

    @Sendable func batch(_ request: Request, _ context: AdminContext) async throws -> Response {
        let body = try await body(request)
        let taken = try await host.enqueue(batch: body)
        return Response(json: ["invocations": taken], status: 202)
    }

    @Sendable func events(_ request: Request, _ context: AdminContext) async throws -> Response {
        let body = try await body(request)
        let events: [EmittedEvent]
        do throws(CloudEventProblem) {
            events = try CloudEvents.read(
                body,
                contentType: request.headers[.contentType] ?? "",
                fields: request.headers.map { Field($0.name.canonicalName, $0.value) }
            )
        } catch {
            throw HostOperationError(.invalid, "\(error).")
        }
        return Response(json: ["events": try await host.publish(events)], status: 202)
    }

    private func body(_ request: Request) async throws -> ByteBuffer {
        try await request.body(
            upTo: InvocationBatch.maximumBytes.bytes,
            within: settings.bodyTimeout
        )
    }
}
