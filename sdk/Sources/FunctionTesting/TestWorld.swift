public import FunctionSDK

/// What surrounds a plugin under test.
public struct TestWorld: Sendable {
    /// Another function that the plugin may call: takes a payload, gives a reply or throws.
    public typealias Fake = @Sendable ([UInt8]) async throws -> Response

    /// The operator's values.
    public var configuration: [String: String]
    /// The operator's secrets.
    public var secrets: [String: String]
    /// Other functions by name.
    public var functions: [String: Fake]
    /// The values that functions keep already, by function and key.
    public var state: [String: [String: [UInt8]]]
    /// The content of files, by the ids of their events, which are their paths unless a test says
    /// otherwise.
    public var files: [String: [UInt8]]
    /// The wall time of each invocation, by the fake clock.
    public var timeout: Duration
    /// How many bytes of a streamed response may wait for the reader.
    public var window: Int

    /// Describes a world; a new one is empty.
    public init(
        configuration: [String: String] = [:],
        secrets: [String: String] = [:],
        functions: [String: Fake] = [:],
        state: [String: [String: [UInt8]]] = [:],
        files: [String: [UInt8]] = [:],
        timeout: Duration = .seconds(30),
        window: Int = 256 << 10
    ) {
        self.configuration = configuration
        self.secrets = secrets
        self.functions = functions
        self.state = state
        self.files = files
        self.timeout = timeout
        self.window = window
    }
}
