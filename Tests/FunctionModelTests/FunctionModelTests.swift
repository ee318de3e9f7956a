import Testing
@testable import FunctionModel
