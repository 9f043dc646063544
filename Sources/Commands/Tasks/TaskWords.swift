internal import Compose
internal import Stack

/// What a task runs, as Compose puts it together from the service, `--entrypoint` and COMMAND.
struct TaskWords {
    /// The service as the canonical model has it.
    let model: ComposeValue
    /// What the service runs by itself.
    let own: [String]
    /// `--entrypoint`, in words.
    let entrypoint: [String]?
    /// COMMAND.
    let command: [String]

    /// Whether it is the service's own command.
    var isOwn: Bool { entrypoint == nil && command.isEmpty }

    /// The words.
    var words: [String] {
        if isOwn { return own }
        // x-hale.run stands for both, entrypoint and command.
        let hasRun = model["x-hale"]?["run"] != nil
        let start = entrypoint ?? (hasRun ? [] : list("entrypoint"))
        return start + (command.isEmpty && !hasRun ? list("command") : command)
    }

    private func list(_ key: String) -> [String] {
        (model[key]?.items ?? []).compactMap(\.text)
    }
}
