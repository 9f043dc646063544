internal import FoundationEssentials
internal import Platform

/// A program that keeps logins for the docker command: `docker-credential-NAME`.
///
/// - Source: the README of the docker-credential-helpers project.
struct CredentialHelper {
    private static let patience = Duration.seconds(60)
    private static let tokenUser = "<token>"
    private static let notFound = "credentials not found"

    private struct Answer: Decodable {
        var Username: String
        var Secret: String
    }

    private let program: String
    private let environment: [String: String]

    init(_ name: String, _ environment: [String: String]) {
        program = "docker-credential-\(name)"
        self.environment = environment
    }

    /// What it keeps for a server; nil where that is nothing.
    func login(to server: String) throws(EngineError) -> RegistryLogin? {
        let outcome = try run("get", input: server)
        guard outcome.succeeded else {
            guard !outcome.output.contains(Self.notFound) else { return nil }
            throw .prevented("\(program) has no login to \(server) to give: \(said(outcome.output))")
        }
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(outcome.output.utf8)) else {
            throw .prevented("what \(program) says for \(server) is not what a helper says")
        }
        if answer.Username == Self.tokenUser { return RegistryLogin(server: server, identityToken: answer.Secret) }
        guard !answer.Username.isEmpty || !answer.Secret.isEmpty else { return nil }
        return RegistryLogin(server: server, user: answer.Username, password: answer.Secret)
    }

    /// The servers that it keeps something for, sorted.
    func servers() throws(EngineError) -> [String] {
        let outcome = try run("list", input: "")
        guard outcome.succeeded,
            let users = try? JSONDecoder().decode([String: String].self, from: Data(outcome.output.utf8))
        else { throw .prevented("\(program) does not list what it has: \(said(outcome.output))") }
        return users.keys.sorted()
    }

    private func run(_ verb: String, input: String) throws(EngineError) -> ProgramRun.Outcome {
        let folders = (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
        guard let path = folders.map({ "\($0)/\(program)" }).first(where: fileExists) else {
            throw .prevented("\(program), which Docker's config.json names, is not there; install it or log in anew")
        }
        do throws(SystemError) {
            // A helper asks the user's keyring, by variables such as HOME; what it prints besides its answer is no answer.
            return try ProgramRun.run(
                [path, verb], input: input, environment: environment, patience: Self.patience, keepingErrors: false)
        } catch {
            throw .prevented("\(program) cannot be run: \(error.reason)")
        }
    }

    private func said(_ output: String) -> String {
        let line = output.split(whereSeparator: \.isNewline).first.map { String($0.prefix(200)) }
        return line ?? "it failed without a word"
    }
}
