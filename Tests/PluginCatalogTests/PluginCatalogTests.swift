import Testing
@testable import PluginCatalog
