import CellProtocol

/// Valid frames and messages, each with every member used.
enum Sample {
    static let invokeHead: InvokeHead = {
        var head = InvokeHead()
        head.function = 7
        head.trigger = 6
        head.attempt = .max
        head.deadline = .max
        head.cpuLimit = 1
        head.grace = 2
        head.logLimit = 3
        head.responseLimit = .max
        head.received = -1
        head.id = "0123456789abcdef0123456789abcdef"
        head.name = "plugin.function"
        head.contentType = "text/plain"
        head.traceparent = "00-0-0-01"
        head.tracestate = "a=b"
        head.method = "POST"
        head.path = "/a/ü"
        head.query = "q=1"
        head.headers = [("accept", "*/*"), ("x", "ü")]
        head.parameters = [("code", "LHR")]
        return head
    }()

    static let endHead: EndHead = {
        var head = EndHead(code: .crashed)
        head.status = 502
        head.retryable = true
        head.run = .max
        head.cpu = 2
        head.peakMemory = 3
        head.contentType = "a/b"
        head.headers = [("name", "value")]
        head.errorKind = "SIGSEGV"
        head.errorMessage = "as asked"
        head.frames = [("", 0x1234), ("libc.so.6", .max)]
        return head
    }()

    static let invoke = frame { writer in
        let body = Array("body".utf8)
        invokeHead.write(
            to: &writer,
            slot: 3,
            sequence: 9,
            bodyCount: body.count,
            bodyContinues: true
        )
        writer.raw(body)
    }
    static let configure = frame {
        let entries = [
            (function: 0, key: "a", value: "b"), (function: 65_535, key: "", value: "ü"),
        ]
        ConfigureFrame(
            entries: entries,
            wantsManifest: true,
            memoryLimit: 1 << 40,
            functionMemoryLimits: [7, 1 << 33],
            allowsBackground: true
        ).write(to: &$0)
    }
    static let answer = frame { writer in
        AnswerFrame.write(
            to: &writer,
            slot: 1,
            sequence: 2,
            call: .max,
            status: 418,
            number: .max,
            expires: .min,
            contentType: "text/plain",
            bodyCount: 6
        )
        writer.raw(Array("teapot".utf8))
    }
    static let ready = frame {
        ReadyFrame.write(to: &$0, load: 1, start: .max, functions: 3, manifest: Array("{}".utf8))
    }
    static let refused = frame { RefusedFrame(kind: "kind", message: "why").write(to: &$0) }
    static let consumed = frame {
        FlowFrame.write(.consumed, to: &$0, slot: 1, sequence: 2, bytes: 3)
    }
    static let cancel = frame { CancelFrame.write(to: &$0, slot: 1, sequence: 2, reason: 3) }
    static let respond = frame {
        RespondFrame.write(
            to: &$0,
            slot: 1,
            sequence: 2,
            status: 201,
            contentType: "a/b",
            headers: [("n", "v")]
        )
    }
    static let log = frame {
        LogFrame.write(
            to: &$0,
            slot: 1,
            sequence: 2,
            level: 6,
            time: .min,
            metadata: [("k", "v")],
            message: [0xff, 0xfe]
        )
    }
    static let call = frame { writer in
        CallFrame.write(
            to: &writer,
            slot: 1,
            sequence: 2,
            number: 5,
            operation: 1,
            timeout: 6,
            name: "other",
            contentType: "a/b",
            options: [("expected", "7")],
            bodyCount: 2
        )
        writer.raw([1, 2])
    }
    static let end = frame { writer in
        endHead.write(
            to: &writer,
            slot: 1,
            sequence: 2,
            flags: EndFrame.workerEnds,
            bodyCount: 4
        )
        writer.raw(Array("body".utf8))
    }

    static let all = [
        invoke, configure, answer, ready, refused, consumed, cancel, respond, log, call, end,
    ]

    static let hostMessages: [HostMessage] = [
        .start(worker: .max, plugin: "plugin", entrySymbol: "roost_plugin_ü", startTimeout: .max),
        .finish, .report,
    ]
    static let cellMessages: [CellMessage] = [
        .left(plugin: "zoo", bytes: 1 << 34, threads: 2),
        .hello(protocolVersion: 1, enforced: ["a", "b"], missing: []),
        .hello(protocolVersion: .max, enforced: [], missing: [""]),
        .workerEnded(worker: .max), .tainted(reason: "why"),
        .yielding(threads: [1, .max], yields: true), .yielding(threads: [], yields: false),
        .usage(images: 1, workers: 2, residentBytes: .max, mappings: .max),
    ]

    static func payload(_ frame: [UInt8]) -> [UInt8] { Array(frame.dropFirst(FrameHeader.size)) }
    static func text(_ range: Range<Int>, _ payload: [UInt8]) -> String {
        String(decoding: payload[range], as: UTF8.self)
    }
    static func pairs(_ fields: [FieldRange], _ payload: [UInt8]) -> [String] {
        fields.map { "\(text($0.name, payload)): \(text($0.value, payload))" }
    }

    static func frame(_ write: (inout FrameWriter) -> Void) -> [UInt8] {
        var writer = FrameWriter()
        write(&writer)
        return writer.bytes
    }
}
