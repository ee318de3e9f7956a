import Testing
@testable import FunctionDispatch
