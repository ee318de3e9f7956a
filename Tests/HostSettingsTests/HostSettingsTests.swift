import Testing
@testable import HostSettings
