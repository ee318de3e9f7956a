import Testing
@testable import TriggerHTTP
