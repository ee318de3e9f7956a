internal import FunctionModel
internal import NIOCore

/// Values that a function keeps under keys.
extension HostServices {
    private static let largestValue = ByteCount.mebibytes(1)

    func read(_ call: HostCall, _ caller: HostCaller) async throws(ServiceRefusal) -> HostAnswer {
        let key = try call.checkedName("the key")
        let entry = try await asking { () throws(StoreError) in
            try await store.value(key, in: .function(caller.function))
        }
        guard let entry else { return .problem(404, "there is no value under '\(key)'") }
        var answer = HostAnswer(status: 200, payload: entry.value)
        answer.number = entry.version
        answer.expires = entry.expires
        return answer
    }

    func write(_ call: HostCall, _ caller: HostCaller) async throws(ServiceRefusal) -> HostAnswer {
        let key = try call.checkedName("the key")
        guard call.payload.readableBytes <= Self.largestValue.bytes else {
            throw ServiceRefusal(
                413,
                "the value of '\(key)' has \(call.payload.readableBytes) bytes; "
                    + "\(Self.largestValue) is the most"
            )
        }
        let condition = try call.condition()
        let lifetime = try call.duration(.lifetime)
        let value = StateValue(call.payload, expires: lifetime.map { now() + $0 })
        let bounds = settings.state
        let verdict = try await asking { () throws(StoreError) in
            try await store.put(
                value,
                under: key,
                in: .function(caller.function),
                if: condition,
                within: bounds
            )
        }
        return Self.answer(verdict, key)
    }

    func remove(_ call: HostCall, _ caller: HostCaller) async throws(ServiceRefusal) -> HostAnswer {
        let key = try call.checkedName("the key")
        let condition = try call.condition()
        let verdict = try await asking { () throws(StoreError) in
            try await store.remove(key, in: .function(caller.function), if: condition)
        }
        return Self.answer(verdict, key)
    }

    private static func answer(_ verdict: StateVerdict, _ key: String) -> HostAnswer {
        switch verdict {
        case .written(let version):
            var answer = HostAnswer(status: 204)
            answer.number = version
            return answer
        case .conflict(let version):
            let message =
                version == nil
                ? "there is no value under '\(key)'" : "'\(key)' has another version"
            var answer = HostAnswer.problem(409, message)
            answer.number = version ?? 0
            return answer
        }
    }
}

extension HostCall {
    fileprivate func condition() throws(ServiceRefusal) -> StateCondition {
        switch try number(.expected) {
        case nil: return .any
        case 0: return .absent
        case let version? where version > 0: return .version(version)
        case let version?: throw ServiceRefusal(400, "\(version) is no version of a value")
        }
    }
}
