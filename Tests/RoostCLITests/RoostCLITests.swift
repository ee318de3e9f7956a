import Testing
@testable import RoostCLI
