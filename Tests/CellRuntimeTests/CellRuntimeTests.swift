import Testing
@testable import CellRuntime
