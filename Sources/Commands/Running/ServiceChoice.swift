/// The services that a command line names.
enum ServiceChoice {
    /// Those in `chosen`, or all of `known` where none is named; sorted, each once. An unknown one is a failure.
    static func names(_ chosen: [String], among known: [String]) throws(CommandFailure) -> [String] {
        for name in chosen where !known.contains(name) {
            throw CommandFailure(UsageError.noService(name, among: known).description)
        }
        return chosen.isEmpty ? known.sorted() : Set(chosen).sorted()
    }
}
