internal import FoundationEssentials
internal import FunctionModel
internal import Hummingbird
internal import NIOCore

/// Lowers limits while the host runs.
struct LimitRoutes: Sendable {
    let host: any HostOperations
    let settings: AdminSettings

    @Sendable func lowerOfFunction(
        _ request: Request,
        _ context: AdminContext
    ) async throws -> Response {
        try await lower(.function(try context.parameters.require("name")), request)
    }

    @Sendable func lowerOfPlugin(
        _ request: Request,
        _ context: AdminContext
    ) async throws -> Response {
        try await lower(.plugin(try context.parameters.require("name")), request)
    }

    private func lower(_ target: LimitTarget, _ request: Request) async throws -> Response {
        let body = try await request.body(upTo: 16 << 10, within: settings.bodyTimeout)
        let limits = try Self.decode(body)
        return Response(json: ["functions": try await host.lower(limits, of: target)])
    }

    /// A limit as somebody may write it: a text as in `roost.yaml`, or a plain number.
    private enum Word: Decodable {
        case text(String)
        case number(Int)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            do {
                self = .number(try container.decode(Int.self))
            } catch {
                self = .text(try container.decode(String.self))
            }
        }

        var text: String {
            switch self {
            case .text(let text): text
            case .number(let number): "\(number)"
            }
        }
    }

    private static func decode(_ body: ByteBuffer) throws -> [String: String?] {
        let sentence =
            "The body should be limits by their names in roost.yaml, such as "
            + "{\"timeout\":\"1s\",\"concurrency\":4}; null gives one back."
        let words: [String: Word?]
        do {
            words = try JSONDecoder().decode(
                [String: Word?].self,
                from: Data(body.readableBytesView)
            )
        } catch {
            throw HostOperationError(.invalid, sentence)
        }
        guard !words.isEmpty else { throw HostOperationError(.invalid, sentence) }
        return words.mapValues { $0?.text }
    }
}
