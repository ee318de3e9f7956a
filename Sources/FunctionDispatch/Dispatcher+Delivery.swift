public import FunctionModel
internal import Synchronization

/// What the queue wants to know of functions.
extension Dispatcher: DeliveryDirectory {
    /// Every subscription of the functions that are served now, by the functions' names.
    public func subscriptions() -> [EventSubscription] {
        let functions = table.withLock { $0.subscribers }
        return functions.flatMap { entry in
            entry.definition.triggers.compactMap(\.event).map { event in
                EventSubscription(
                    function: entry.name,
                    type: event.type,
                    attributes: event.attributes ?? [:]
                )
            }
        }
    }

    /// How what is queued for a function is delivered; the defaults where it isn't served.
    public func delivery(of function: FunctionName) -> DeliveryOptions {
        table.withLock { $0.functions[function]?.definition.delivery } ?? DeliveryOptions()
    }

    /// The largest payload that a function takes; `nil` where it isn't served.
    public func requestSize(of function: FunctionName) -> ByteCount? {
        table.withLock { $0.functions[function]?.definition.quota.requestSize }
    }
}
