internal import Platform

/// The programs that make networks: ip(8) and nft(8).
enum NetworkTools {
    /// Has `ip` carry out commands, a line each, in a namespace or on the host.
    static func batch(in namespace: String? = nil, _ commands: String) throws {
        guard !commands.isEmpty else { return }
        try run(["ip"] + (namespace.map { ["-n", $0] } ?? []) + ["-batch", "-"], input: commands)
    }

    /// What a program printed; throws what it said where it failed.
    @discardableResult
    static func run(_ words: [String], input: String = "") throws -> String {
        let outcome = try ProgramRun.run(words, input: input)
        guard outcome.succeeded else {
            throw LaunchError("\(words.joined(separator: " ")) says: \(line(outcome.output))")
        }
        return outcome.output
    }

    /// The first line of what a program said.
    static func line(_ text: String) -> String {
        text.split(separator: "\n").first.map(String.init) ?? "nothing"
    }
}
