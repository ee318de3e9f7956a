internal import FunctionDispatch
internal import FunctionModel
internal import TriggerFiles

/// What operators ask about watched directories.
extension HostDesk {
    func watches() async throws -> [WatchView] {
        try await fromStore { () throws(StoreError) in try await files.views() }
    }

    func files(
        of function: String,
        state: String?,
        after: String?,
        limit: Int
    ) async throws -> FilePage {
        let wanted = try state.map { word in
            guard let state = FileRow.State.allCases.first(where: { $0.word == word }) else {
                let words = FileRow.State.allCases.map(\.word).joined(separator: ", ")
                throw HostOperationError(.invalid, "No file is '\(word)': use \(words).")
            }
            return state
        }
        return try await files.files(
            of: try resolve(function),
            state: wanted,
            after: after,
            limit: limit
        )
    }

    func reprocess(_ choice: FileChoice, of function: String) async throws -> Int {
        let function = try resolve(function)
        switch (choice.path, choice.rawPath, choice.all ?? false) {
        case (let path?, nil, false):
            return try await files.reprocess(FilePath(Array(path.utf8)), of: function)
        case (nil, let digits?, false):
            guard let path = FilePath(hexadecimal: digits), !digits.isEmpty else {
                throw HostOperationError(.invalid, "A rawPath is two hexadecimal digits per byte.")
            }
            return try await files.reprocess(path, of: function)
        case (nil, nil, true): return try await files.reprocess(nil, of: function)
        case (nil, nil, false):
            try await files.letGoOn(function)
            return 0
        default:
            throw HostOperationError(
                .invalid,
                "Choose by one of path, rawPath and all; by none to let a stopped watch go on."
            )
        }
    }
}
