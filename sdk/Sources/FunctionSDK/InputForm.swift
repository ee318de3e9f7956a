/// How events become values of a handler's input type; found once, when the function is declared.
enum InputForm: Sendable {
    case json
    case text
    case bytes
    case raw
    case stream
    case tick
    case file
    case files

    init(_ type: any Any.Type) {
        switch type {
        case is String.Type: self = .text
        case is [UInt8].Type: self = .bytes
        case is RawRequest.Type: self = .raw
        case is RequestStream.Type: self = .stream
        case is Tick.Type: self = .tick
        case is FileEvent.Type: self = .file
        case is [FileEvent].Type: self = .files
        default: self = .json
        }
    }

    /// The handler's input; waits on the worker's thread for what is missing of the body.
    func read<Input: Decodable>(_ call: Call) throws -> Input {
        let input: Input = try whole(call)
        guard self == .files, let events = input as? [FileEvent] else { return input }
        return try Self.same(call.current(events))
    }

    private func whole<Input: Decodable>(_ call: Call) throws -> Input {
        guard self != .stream, !call.hasWholeBody else { return try decode(call, call.arrivedBody) }
        var body: [UInt8] = []
        while let piece = try call.readNext() { body.append(contentsOf: piece) }
        return try body.withUnsafeBytes { try decode(call, $0) }
    }

    /// The handler's input; suspends for what is missing of the body.
    func arrived<Input: Decodable>(_ call: Call) async throws -> Input {
        let input: Input = try await wholeArrived(call)
        guard self == .files, let events = input as? [FileEvent] else { return input }
        return try Self.same(await call.current(events))
    }

    private func wholeArrived<Input: Decodable>(_ call: Call) async throws -> Input {
        guard self != .stream, !call.hasWholeBody else { return try decode(call, call.arrivedBody) }
        var body: [UInt8] = []
        while let piece = try await call.nextPiece() { body.append(contentsOf: piece) }
        return try body.withUnsafeBytes { try decode(call, $0) }
    }

    private func decode<Input: Decodable>(
        _ call: Call,
        _ body: UnsafeRawBufferPointer
    ) throws -> Input {
        if ![.json, .tick, .files].contains(self), let input = try direct(call, body) as? Input {
            return input
        }
        do {
            if body.isEmpty {
                let fields = HTTPRequest(call)?.parametersAndQuery() ?? [:]
                return try Input(from: FieldsDecoder(fields))
            }
            guard self == .tick else { return try JSON.decode(Input.self, from: body) }
            var tick = try JSON.decode(Tick.self, from: body)
            tick.attempt = max(1, Int(call.event?.pointee.attempt ?? 1))
            return try Self.same(tick)
        } catch {
            throw UndecodableInput(error, what: body.isEmpty ? "request" : "body")
        }
    }

    private func direct(_ call: Call, _ body: UnsafeRawBufferPointer) throws -> Any? {
        switch self {
        case .json, .tick, .files: nil
        case .file: FileEventReader.read(body)
        case .text: try Self.text(body)
        case .bytes: [UInt8](body)
        case .raw: RawRequest(body: [UInt8](body), contentType: call.contentType)
        case .stream: RequestStream(call: call)
        }
    }

    /// The value as what it is.
    private static func same<Input>(_ value: some Any) throws -> Input {
        guard let value = value as? Input else {
            throw FunctionError(status: 500, message: "The handler takes another type.")
        }
        return value
    }

    private static func text(_ body: UnsafeRawBufferPointer) throws -> String {
        guard let text = String(validating: body, as: UTF8.self) else {
            throw FunctionError(status: 400, message: "The body is not UTF-8 text.")
        }
        return text
    }
}

extension Call {
    /// What came with the event of its body.
    var arrivedBody: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            event?.pointee.body.buffer ?? UnsafeBufferPointer(start: nil, count: 0)
        )
    }

    /// Whether the whole body came with the event.
    var hasWholeBody: Bool { event?.pointee.body_complete != 0 }

    /// The body's media type; empty when the caller named none.
    var contentType: String { event?.pointee.content_type.string ?? "" }
}
