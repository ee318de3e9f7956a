import Glibc
import Synchronization

/// Builds C sources into plugins, each once.
enum PluginCompiler {
    private static let directory: String = {
        var template = Array("/tmp/roost-cell-tests-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { return "/tmp" }
        return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }()

    private static let built = Mutex<[String: String]>([:])

    /// The path of the library built from `source`.
    static func build(_ source: String, flags: [String] = []) throws -> String {
        let key = source + flags.joined()
        return try built.withLock { built in
            if let path = built[key] { return path }
            let path = try compile(source, flags: flags, number: built.count)
            built[key] = path
            return path
        }
    }

    private static func compile(_ source: String, flags: [String], number: Int) throws -> String {
        let name = "\(directory)/plugin\(number)"
        let isCXX = flags.contains("-xc++")
        let file = name + (isCXX ? ".cc" : ".c")
        try write(source, to: file)
        let arguments =
            ["cc", "-g", "-O1", "-shared", "-fPIC", "-I", headers, file, "-o", name + ".so"]
            + (isCXX ? ["-lstdc++"] : []) + flags.filter { $0 != "-xc++" } + ["-lpthread"]
        try run(arguments)
        return name + ".so"
    }

    /// The path of the library built from Swift source, which sees the contract's header.
    static func buildSwift(_ source: String) throws -> String {
        try built.withLock { built in
            if let path = built[source] { return path }
            let path = try compileSwift(source, number: built.count)
            built[source] = path
            return path
        }
    }

    private static func compileSwift(_ source: String, number: Int) throws -> String {
        let name = "\(directory)/plugin\(number)"
        try write(source, to: name + ".swift")
        try run([
            "swiftc", "-O", "-g", "-parse-as-library", "-emit-library", "-swift-version", "5",
            "-module-name", "Plugin\(number)", "-import-objc-header", headers + "/roost.h",
            name + ".swift", "-o", name + ".so",
        ])
        return name + ".so"
    }

    private static func write(_ source: String, to file: String) throws {
        guard let stream = fopen(file, "w") else { throw Failure("fopen(\(file))") }
        fputs(source, stream)
        fclose(stream)
    }

    private static var headers: String {
        #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
            + "/sdk/Sources/CFunctionABI/include"
    }

    private static func run(_ arguments: [String]) throws {
        var list: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for pointer in list { free(pointer) } }
        var process: pid_t = 0
        guard posix_spawnp(&process, arguments[0], nil, nil, &list, environ) == 0 else {
            throw Failure("no C compiler")
        }
        var status: Int32 = 0
        waitpid(process, &status, 0)
        guard status == 0 else { throw Failure("\(arguments.joined(separator: " ")) failed") }
    }
}
