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
        switch (choice.path, choice.all) {
        case (let path?, nil):
            return try await files.reprocess(FilePath(Array(path.utf8)), of: resolve(function))
        case (nil, true?): return try await files.reprocess(nil, of: resolve(function))
        default:
            throw HostOperationError(.invalid, "Choose by exactly one of path and all.")
        }
    }
}
