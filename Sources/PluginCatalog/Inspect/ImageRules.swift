internal import FunctionModel
internal import Platform

/// Says of an image, without running it, why it can't be served.
struct ImageRules: Sendable {
    /// The host that would serve it.
    let host: HostRelease

    /// The refusal of a file that can't even be read as an image.
    func refusal(_ problem: ELFProblem, _ file: String) -> PluginRefusal {
        let own = ELFMachine.name(ELFMachine.host)
        switch problem {
        case .notELF:
            return PluginRefusal(
                kind: "notELF",
                message: "\(file) is not a shared library: it doesn't begin as an ELF file does. "
                    + "Put the .so there that `swift build` or a C compiler made."
            )
        case .truncated(let needed, let present):
            return PluginRefusal(
                kind: "truncated",
                message: "\(file) is cut short: it has \(present) bytes and says of itself that it "
                    + "has at least \(needed). Copy it again, to a name that starts with a dot, "
                    + "and rename it when it is whole."
            )
        case .foreign(let architecture):
            return wrongArchitecture(file, architecture, own)
        case .malformed(let what):
            return PluginRefusal(
                kind: "malformed",
                message: "\(file) is damaged: \(what). Build it again and copy it anew."
            )
        }
    }

    /// The first reason not to serve an image; `nil` when there is none.
    ///
    /// - Parameters:
    ///   - image: What the file says of itself.
    ///   - file: Its name, for people.
    ///   - missing: The libraries that it needs and the loader won't find.
    /// - Returns: The refusal.
    func refusal(_ image: ELFImage, _ file: String, missing: [String]) -> PluginRefusal? {
        if image.header.machine != ELFMachine.host {
            let own = ELFMachine.name(ELFMachine.host)
            return wrongArchitecture(file, ELFMachine.name(image.header.machine), own)
        }
        return kindRefusal(image, file) ?? entryRefusal(image, file) ?? stampRefusal(image, file)
            ?? runtimeRefusal(image, file) ?? libraryRefusal(missing, file)
    }

    /// The first reason not to load a library that a signature file names; `nil` when there is none.
    func refusal(library image: ELFImage, _ file: String, missing: [String]) -> PluginRefusal? {
        if image.header.machine != ELFMachine.host {
            let own = ELFMachine.name(ELFMachine.host)
            return wrongArchitecture(file, ELFMachine.name(image.header.machine), own)
        }
        return kindRefusal(image, file) ?? runtimeRefusal(image, file)
            ?? libraryRefusal(missing, file)
    }

    /// The refusal of an image with symbols that nobody offers; `nil` when there are none.
    func refusal(unresolved symbols: [String], _ file: String) -> PluginRefusal? {
        guard let first = symbols.first else { return nil }
        let others = symbols.count > 1 ? " and \(symbols.count - 1) more" : ""
        return PluginRefusal(
            kind: "missingSymbol",
            message: "\(file) wants the symbol \(first)\(others), which none of its libraries "
                + "offers. Link the library that defines it, or rebuild against the version that is "
                + "installed."
        )
    }

    private func wrongArchitecture(_ file: String, _ its: String, _ own: String) -> PluginRefusal {
        PluginRefusal(
            kind: "wrongArchitecture",
            message: "\(file) is for \(its), and this machine is \(own). Build it for \(own)."
        )
    }

    private func kindRefusal(_ image: ELFImage, _ file: String) -> PluginRefusal? {
        let what: String
        switch image.header.kind {
        case .shared where image.isPositionIndependentExecutable: what = "an executable"
        case .shared: return nil
        case .executable: what = "an executable"
        case .object: what = "an object file"
        case .core: what = "a memory dump"
        case nil: what = "an ELF file of an unknown kind"
        }
        return PluginRefusal(
            kind: "notSharedLibrary",
            message: "\(file) is \(what), not a shared library. Declare the plugin's product as "
                + "`.library(type: .dynamic)`, or link it with `-shared`."
        )
    }

    private func entryRefusal(_ image: ELFImage, _ file: String) -> PluginRefusal? {
        switch image.entries.count {
        case 1: return nil
        case 0:
            return PluginRefusal(
                kind: "noEntry",
                message: "\(file) exports no function whose name starts with "
                    + "`\(ELFImage.entryPrefix)`, so it is no plugin. In Swift, add the line "
                    + "`@c(roost_plugin) public func entry(…)`."
            )
        default:
            return PluginRefusal(
                kind: "severalEntries",
                message: "\(file) exports several functions whose names start with "
                    + "`\(ELFImage.entryPrefix)`: \(image.entries.sorted().joined(separator: ", "))"
                    + ". Leave one; a library holds one plugin."
            )
        }
    }

    private func stampRefusal(_ image: ELFImage, _ file: String) -> PluginRefusal? {
        guard !image.stamps.isEmpty else {
            return PluginRefusal(
                kind: "noStamp",
                message: "\(file) carries no stamp that says what it was built for. Link "
                    + "FunctionSDK, or put ROOST_STAMP(\"\") into one C file; and don't strip the "
                    + "note section .note.roost."
            )
        }
        for stamp in image.stamps {
            if !host.contractVersions.contains(stamp.abiVersion) {
                return wrongContract(stamp, file)
            }
            if !stamp.swiftVersion.isEmpty, !isSameRelease(stamp.swiftVersion, host.swiftVersion) {
                return PluginRefusal(
                    kind: "wrongSwiftVersion",
                    message: "\(file) was built with Swift \(stamp.swiftVersion), and this host "
                        + "runs Swift \(host.swiftVersion). Rebuild it with Swift "
                        + "\(host.swiftVersion): swiftly run swift build +\(host.swiftVersion)"
                )
            }
        }
        return nil
    }

    private func wrongContract(_ stamp: PluginStamp, _ file: String) -> PluginRefusal {
        let own = host.contractVersions.first ?? 0
        let accepted = host.contractVersions.map(String.init).joined(separator: " and ")
        let cure =
            stamp.abiVersion > own
            ? "Update the host, or rebuild the plugin with an older SDK."
            : "Rebuild the plugin with the SDK that came with this host."
        return PluginRefusal(
            kind: "wrongABI",
            message: "\(file) was built for version \(stamp.abiVersion) of the plugin contract "
                + "(SDK \(stamp.sdkVersion)), and this host takes version \(accepted). \(cure)"
        )
    }

    private func runtimeRefusal(_ image: ELFImage, _ file: String) -> PluginRefusal? {
        guard image.hasOwnSwiftRuntime else { return nil }
        return PluginRefusal(
            kind: "ownSwiftRuntime",
            message: "\(file) has a Swift runtime of its own inside, which can't share tasks with "
                + "the host's. Build it without `-static-stdlib`."
        )
    }

    private func libraryRefusal(_ missing: [String], _ file: String) -> PluginRefusal? {
        guard !missing.isEmpty else { return nil }
        let plural = missing.count > 1
        return PluginRefusal(
            kind: "missingLibrary",
            message: "\(file) needs \(missing.joined(separator: ", ")), which the loader can't "
                + "find. Install \(plural ? "them" : "it"), link \(plural ? "them" : "it") "
                + "statically, or build with a run path; libraries beside the plugin "
                + "($ORIGIN) are not looked at, as images are loaded from the host's store."
        )
    }

    /// Whether two versions of Swift agree in what counts: `6.3.1` and `6.3` do.
    private func isSameRelease(_ left: String, _ right: String) -> Bool {
        left.split(separator: ".").prefix(2) == right.split(separator: ".").prefix(2)
    }
}
