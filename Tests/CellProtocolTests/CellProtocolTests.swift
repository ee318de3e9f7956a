import Testing
@testable import CellProtocol
