internal import FoundationEssentials
internal import FunctionModel
internal import NIOCore

/// Events that functions emit.
extension HostServices {
    /// Gives an event to all who subscribed to it; what is answered is its id, and for how many it is
    /// queued.
    func emit(_ call: HostCall, _ caller: HostCaller) async throws(ServiceRefusal) -> HostAnswer {
        try caller.checkDepth("emit '\(call.name)'")
        var event = EmittedEvent(
            try attributes(call, caller),
            data: call.payload,
            contentType: call.contentType,
            trace: caller.trace,
            depth: caller.depth
        )
        event.emitter = caller.function
        let verdict = try await asking { [event] () throws(StoreError) in
            try await bus.publish(event)
        }
        switch verdict {
        case .published(let receipts):
            var answer = HostAnswer(
                status: 202,
                contentType: "text/plain; charset=utf-8",
                payload: ByteBuffer(string: event.attributes.id)
            )
            answer.number = Int64(receipts.first?.subscribers ?? 0)
            return answer
        case .queueFull(let function):
            throw ServiceRefusal(
                429,
                "as many invocations of '\(function)' are queued as may be; nobody hears of the event"
            )
        }
    }

    /// What the caller says of the event, and what goes without saying.
    private func attributes(
        _ call: HostCall,
        _ caller: HostCaller
    ) throws(ServiceRefusal) -> CloudEventAttributes {
        guard (1...256).contains(call.name.utf8.count) else {
            throw ServiceRefusal(400, "an event's type has 1 to 256 bytes")
        }
        let ownSource = "/functions/\(caller.function)"
        var event = CloudEventAttributes(
            id: InvocationID().description,
            source: ownSource,
            type: call.name
        )
        event.time = Date(timeIntervalSince1970: now().seconds).formatted(
            .iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(
                separator: .omitted
            )
        )
        for option in call.options {
            guard option.value.utf8.count <= 1_024 else {
                throw ServiceRefusal(413, "the event's '\(option.name)' has more than 1024 bytes")
            }
            switch option.name {
            case "id": event.id = option.value
            case "source": event.source = option.value
            case "subject": event.subject = option.value
            case "time": event.time = option.value
            case "dataschema": event.dataSchema = option.value
            case let name where CloudEventAttributes.isName(name):
                event.extensions.append(option)
            case let name:
                throw ServiceRefusal(
                    400,
                    "'\(name)' can't be an event's attribute: 1 to 20 of a-z and 0-9"
                )
            }
        }
        guard !event.id.isEmpty, !event.source.isEmpty else {
            throw ServiceRefusal(400, "an event's id and source aren't empty")
        }
        // Subscribers may trust such a source: it stands for the function that emits.
        guard !event.source.hasPrefix("/functions/") || event.source == ownSource else {
            throw ServiceRefusal(
                403,
                "the source '\(event.source)' stands for another function than '\(caller.function)'"
            )
        }
        return event
    }
}
