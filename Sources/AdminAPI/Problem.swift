internal import FunctionModel
internal import Hummingbird
internal import Logging
internal import NIOCore

/// An error reply as RFC 9457 writes it.
struct Problem: Error, Encodable {
    var type: String
    var title: String
    var status: Int
    var detail: String
    var invocation: InvocationID?
    var function: FunctionName?
    var outcome: Outcome?
    var reason: String?

    /// A problem with a stable type, `kind` in kebab case.
    init(status: Int, kind: String, detail: String) {
        self.status = status
        self.detail = detail
        type = "urn:roost:problem:\(kind)"
        title = Self.words(kind)
    }

    /// A kind as a title: `plugin-refused` is "Plugin refused".
    private static func words(_ kind: String) -> String {
        let words = kind.replacing("-", with: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }

    /// What an operator asked for can't be done.
    init(_ error: HostOperationError) {
        let status =
            switch error.kind {
            case .notFound: 404
            case .invalid: 400
            case .conflict: 409
            case .unavailable: 503
            }
        self.init(status: status, kind: Self.kebab(error.kind.rawValue), detail: error.message)
    }

    /// A plugin was not taken.
    init(_ refusal: PluginRefusal) {
        self.init(status: 422, kind: "plugin-refused", detail: refusal.message)
        reason = refusal.kind
    }

    /// An invocation ended without a response of its own.
    init(_ invocation: OperatorInvocation) {
        self.init(
            status: invocation.httpStatus,
            kind: Self.kebab(invocation.outcome.rawValue),
            detail: invocation.error?.message ?? "The function gave no response."
        )
        self.invocation = invocation.id
        function = invocation.function
        outcome = invocation.outcome
        reason = invocation.error?.kind
    }

    var response: Response {
        Response(json: self, status: status, contentType: "application/problem+json")
    }

    static func kebab(_ name: String) -> String {
        name.reduce(into: "") { text, letter in
            if letter.isUppercase { text += "-" }
            text += letter.lowercased()
        }
    }
}

/// Turns everything that is thrown below into a problem.
struct ProblemMiddleware: RouterMiddleware {
    func handle(
        _ request: Request,
        context: AdminContext,
        next: (Request, AdminContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as Problem {
            return problem.response
        } catch let error as HostOperationError {
            return Problem(error).response
        } catch let refusal as PluginRefusal {
            return Problem(refusal).response
        } catch let error as any HTTPResponseError {
            return Self.problem(error, request).response
        } catch is CancellationError {
            return Problem(status: 503, kind: "draining", detail: "The host is stopping.").response
        } catch {
            context.logger.error("admin request failed", metadata: ["error": "\(error)"])
            return Problem(
                status: 500,
                kind: "internal",
                detail: "The host could not do it: \(error)"
            ).response
        }
    }

    private static func problem(_ error: any HTTPResponseError, _ request: Request) -> Problem {
        switch error.status {
        case .notFound:
            Problem(
                status: 404,
                kind: "not-found",
                detail: "There is nothing at \(request.method.rawValue) \(request.uri.path)."
            )
        case .contentTooLarge:
            Problem(status: 413, kind: "too-large", detail: "The body is larger than allowed.")
        default:
            Problem(status: error.status.code, kind: "http", detail: "\(error)")
        }
    }
}
