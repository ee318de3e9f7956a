extension Function {
    /// Declares a sequence: functions that run one after the other, the output of each the input of the
    /// next.
    ///
    ///     Function("order", .http(.post, "/orders"), sequence: ["validate", "charge", "mail.send"])
    ///
    /// It is called like any function. Whoever waits for it gets the answer of the last function, or of
    /// the first one that fails; one that was queued goes on with the next step after a restart of the
    /// host, tries only the step again that failed, and has its state and result under the first id.
    ///
    /// - Parameters:
    ///   - name: the name within the plugin.
    ///   - triggers: what runs it.
    ///   - summary: what it is for, in a sentence.
    ///   - limits: the `timeout` is that of all steps together for those who wait; else each function's
    ///     own limits count.
    ///   - isPublic: whether `/functions/{name}` reaches it although it has only other triggers.
    ///   - steps: 1 to 16 names of functions of the same plugin, or full names.
    public init(
        _ name: String,
        _ triggers: Trigger<RawRequest>...,
        summary: String? = nil,
        limits: Limits = Limits(),
        public isPublic: Bool = false,
        sequence steps: [String]
    ) {
        self.init(
            name,
            triggers,
            [],
            FunctionOptions(summary, limits, nil, nil, false, isPublic),
            steps: steps,
            .plain { _ in
                throw FunctionError(status: 501, message: "This host doesn't know sequences.")
            }
        )
    }
}
