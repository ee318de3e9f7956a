@_exported public import CFunctionABI

/// The host as a plugin's entry receives it.
public typealias HostAPI = UnsafePointer<roost_host_api>

/// The plugin as its entry hands it over.
public typealias PluginPointer = UnsafePointer<roost_plugin>
