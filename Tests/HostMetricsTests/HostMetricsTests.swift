import Testing
@testable import HostMetrics
