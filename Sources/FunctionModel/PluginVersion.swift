/// One build of a plugin that passed its checks and can be served.
public struct PluginVersion: Sendable, Hashable {
    /// SHA-256 of the image, in hexadecimal: what tells versions apart.
    public let contentHash: String
    /// What the plugin declared.
    public let manifest: Manifest
    /// The name of the exported entry function.
    public let entrySymbol: String
    /// Where the image store keeps the file; opened by the host only, handed to cells as a descriptor.
    public let imagePath: String
    /// How much of the file a loader maps, from its start: what each worker gets a copy of.
    ///
    /// Symbols and debug information lie behind it.
    public let loadedSize: ByteCount

    /// Describes a version.
    public init(
        contentHash: String,
        manifest: Manifest,
        entrySymbol: String,
        imagePath: String,
        loadedSize: ByteCount
    ) {
        self.contentHash = contentHash
        self.manifest = manifest
        self.entrySymbol = entrySymbol
        self.imagePath = imagePath
        self.loadedSize = loadedSize
    }

    /// The first twelve digits of the hash, for people.
    public var shortHash: String { String(contentHash.prefix(12)) }
}

/// What the host needs to know to run one function of a version: declaration and operator's word merged.
public struct FunctionDefinition: Sendable {
    /// The full name.
    public var name: FunctionName
    /// The index into the plugin's manifest.
    public var index: Int
    /// The declaration.
    public var manifest: FunctionManifest
    /// The limits in force.
    public var quota: Quota
    /// Who has set which of them, by the names of `roost.yaml`; defaults aren't listed.
    public var limitOrigins: [String: LimitOrigin] = [:]
    /// The triggers in force.
    public var triggers: [TriggerDeclaration]
    /// Where it runs.
    public var isolation: Isolation
    /// What happens after crashes.
    public var onCrash: CrashPolicy
    /// The operator's values for `context.configuration`.
    public var configuration: [String: String]
    /// What its plugin may reach, asked for and agreed to; the same for all functions of a plugin.
    public var permissions = Permissions()
    /// How what is queued for it is delivered, unless whoever queues it says otherwise.
    public var delivery = DeliveryOptions()
    /// Whether calls and routes reach it; the operator may switch a function off.
    public var isEnabled: Bool = true

    /// Describes a function.
    public init(
        name: FunctionName,
        index: Int,
        manifest: FunctionManifest,
        quota: Quota,
        triggers: [TriggerDeclaration],
        isolation: Isolation,
        onCrash: CrashPolicy,
        configuration: [String: String]
    ) {
        self.name = name
        self.index = index
        self.manifest = manifest
        self.quota = quota
        self.triggers = triggers
        self.isolation = isolation
        self.onCrash = onCrash
        self.configuration = configuration
    }
}
