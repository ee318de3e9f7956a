internal import CFunctionABI

/// Why an image does not become a worker: a short stable word and a sentence.
struct LoadRefusal: Error, Hashable {
    var kind: String
    var text: String

    init(kind: String, text: String) {
        self.kind = kind
        self.text = text
    }

    /// Puts the loader's words into a sentence.
    init(loader reason: [CChar], plugin: String) {
        let end = reason.firstIndex(of: 0) ?? reason.count
        self.init(
            loaderText: String(
                decoding: reason[..<end].map(UInt8.init(bitPattern:)),
                as: UTF8.self
            ),
            plugin: plugin
        )
    }

    /// Puts the loader's words into a sentence; the name that the image was loaded under says nobody
    /// anything.
    init(loaderText: String, plugin: String) {
        var words = loaderText
        if words.hasPrefix("/proc/self/"), let colon = words.firstIndex(of: ":") {
            words = String(words[words.index(after: colon)...].drop { $0 == " " })
        }
        if words.contains("cannot open shared object file") {
            let library = words.prefix { $0 != ":" }
            kind = "missingLibrary"
            text = "\(plugin) needs the library \(library), which is not on this machine"
        } else if words.contains("undefined symbol") {
            kind = "missingSymbol"
            let symbol = words.split(separator: ":").last.map { $0.drop { $0 == " " } } ?? ""
            text = "\(plugin) needs the symbol \(symbol), which no library that it names defines"
        } else {
            kind = "loadFailed"
            text = "\(plugin) can't be loaded: \(words)"
        }
    }

    static func noEntry(_ symbol: String, plugin: String) -> LoadRefusal {
        LoadRefusal(kind: "noEntry", text: "\(plugin) has no function named \(symbol)")
    }

    static func refusedStart(plugin: String, reason: String?) -> LoadRefusal {
        let why = reason ?? "its entry returned NULL, as for a host that is too old"
        return LoadRefusal(kind: "startRefused", text: "\(plugin) refused to start: \(why)")
    }

    /// Checks what the entry has returned.
    static func check(_ table: UnsafePointer<roost_plugin>, plugin: String) -> LoadRefusal? {
        let version = table.pointee.abi_version
        guard version == UInt32(ROOST_ABI_VERSION) else {
            return LoadRefusal(
                kind: "wrongABI",
                text: """
                    \(plugin) was built for version \(version) of the plugin contract, this host has \
                    version \(ROOST_ABI_VERSION): build it again with this host's SDK
                    """
            )
        }
        guard Int(table.pointee.struct_size) >= MemoryLayout<roost_plugin>.size,
            table.pointee.invoke != nil
        else {
            return LoadRefusal(
                kind: "wrongABI",
                text: "\(plugin) returned a table without `invoke`, or one that is too short"
            )
        }
        return nil
    }
}
