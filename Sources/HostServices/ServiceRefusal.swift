internal import FunctionModel

/// Why a function doesn't get what it asked for.
struct ServiceRefusal: Error {
    var status: Int
    var message: String

    init(_ status: Int, _ message: String) {
        self.status = status
        self.message = message
    }

    static let unsupported = ServiceRefusal(0, "this host doesn't offer that")

    /// What a store's refusal means to a function.
    init(_ error: StoreError) {
        switch error {
        case .unavailable, .unusable: self.init(503, "\(error)")
        case .staleLease: self.init(410, "the lock is lost: its time was over, or it was released")
        case .corrupt: self.init(500, "\(error)")
        case .tooLarge: self.init(507, "\(error)")
        }
    }
}

extension HostCall {
    /// An option's number; `nil` where it is absent.
    func number(_ option: HostOption) throws(ServiceRefusal) -> Int64? {
        guard let text = text(option) else { return nil }
        guard let number = Int64(text) else {
            throw ServiceRefusal(400, "\(option.rawValue) is a whole number, not '\(text)'")
        }
        return number
    }

    /// An option's time, which is more than none.
    func duration(_ option: HostOption) throws(ServiceRefusal) -> Duration? {
        guard let number = try number(option) else { return nil }
        guard number > 0 else {
            throw ServiceRefusal(400, "\(option.rawValue) is more than no time at all")
        }
        return .nanoseconds(number)
    }

    /// An option's text; `nil` where it is absent.
    func text(_ option: HostOption) -> String? {
        options.first { $0.name == option.rawValue }?.value
    }

    /// The key or lock that is meant.
    func checkedName(_ what: String) throws(ServiceRefusal) -> String {
        guard !name.isEmpty else { throw ServiceRefusal(400, "\(what) is empty") }
        guard name.utf8.count <= 1_024 else {
            throw ServiceRefusal(413, "\(what) has \(name.utf8.count) bytes; 1024 is the most")
        }
        return name
    }
}

/// Asks the store, and says its refusals in the words of this room.
func asking<Value: Sendable>(
    _ body: () async throws(StoreError) -> Value
) async throws(ServiceRefusal) -> Value {
    do throws(StoreError) { return try await body() } catch { throw ServiceRefusal(error) }
}
