internal import FunctionModel
internal import Platform

extension Examiner {
    /// The refusal of a file that others could change, or that is no file.
    static func refusal(_ problem: TrustProblem) -> PluginRefusal {
        let kind =
            switch problem {
            case .symbolicLink: "symbolicLink"
            case .notRegular: "notRegular"
            case .missing: "missing"
            case .writable, .owner: "untrusted"
            case .system: "unreadable"
            }
        return PluginRefusal(kind: kind, message: problem.description)
    }

    /// The refusal when the host itself couldn't store an image.
    static func storeRefusal(_ error: any Error) -> PluginRefusal {
        PluginRefusal(
            kind: "storeFailed",
            message: "The image could not be stored: \(error). Free space on the host's disk, or "
                + "check the home directory; the file is tried again every few seconds."
        )
    }
}

extension PluginRefusal {
    static func beingWritten(_ file: String) -> PluginRefusal {
        PluginRefusal(
            kind: "beingWritten",
            message: "\(file) is still being written; it is looked at again when that is over."
        )
    }

    static func tooLarge(_ file: String, _ size: Int, _ limit: Int) -> PluginRefusal {
        PluginRefusal(
            kind: "tooLarge",
            message: "\(file) has \(size) bytes, and \(limit) are the most that is taken. Strip it "
                + "(strip --strip-debug), or load large data from a file at run time."
        )
    }

    static func duplicate(_ file: String, plugin: String, owner: String) -> PluginRefusal {
        PluginRefusal(
            kind: "duplicatePlugin",
            message: "\(file) declares the plugin '\(plugin)', which \(owner) serves already. "
                + "Remove one of the two, or give it another name."
        )
    }

    static func tooMany(_ file: String, _ limit: Int) -> PluginRefusal {
        PluginRefusal(
            kind: "tooManyPlugins",
            message: "\(file) is one plugin more than the \(limit) that a host takes. Remove some."
        )
    }

    /// After how long a file is looked at again although nothing was heard of it; `nil` for causes
    /// that lie in the file, whose change will be heard of.
    var retryDelay: Duration? {
        switch kind {
        case "beingWritten": .milliseconds(500)
        case "untrusted", "unreadable": .seconds(2)
        case "missingLibrary", "storeFailed": .seconds(5)
        default: nil
        }
    }
}
