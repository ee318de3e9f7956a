import Testing
@testable import CellSupervision
