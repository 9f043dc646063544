internal import Compose
internal import Stack

/// `hale check`.
struct CheckCommand: Command {
    private enum Format: String, CaseIterable { case text, json }

    private static let format = Option.value(
        "format", of: "FORMAT", help: "text (default) or json", choices: Format.self)

    static let manual = Manual(
        verb: "check", summary: "Say whether the project is valid, and what could go wrong with it",
        details: """
            Errors make the exit code 1. Advice does not: missing health checks, limits and restart policies, images without
            a version, dependencies without a condition, secrets in the file, ports open to every network, ports published
            twice, databases with too little grace, breakers that are off, requests that may be carried out twice, and what
            cannot run without a container engine.
            """,
        options: [format],
        examples: [
            .init(line: "hale check", meaning: "findings with file, line and column"),
            .init(line: "hale check --format json", meaning: "the same for an editor or a pipeline"),
        ])

    private let format: Format

    init(_ arguments: ParsedArguments) throws(UsageError) {
        format = try arguments.choice(Self.format, Format.self) ?? .text
    }

    func run(in session: Session) throws -> ExitCode {
        switch Self.findings(in: session) {
        case .success(let (project, findings)):
            try show(findings, session.console)
            let count = "\(findings.count) \(findings.count == 1 ? "piece" : "pieces") of advice"
            session.console.note("\(project.name) is valid: \(project.serviceNames.count) services, \(count)")
            return .success
        case .failure(let error):
            guard format == .json else { throw error }
            try show(error.diagnostics.map { Finding(error: $0) }, session.console)
            return .failure
        }
    }

    private func show(_ findings: [Finding], _ console: Console) throws {
        switch format {
        case .json: try console.print(Finding.json(findings))
        case .text: for finding in findings { try console.print(finding.text(console.outputStyle)) }
        }
    }

    private static func findings(in session: Session) -> Result<(ComposeProject, [Finding]), ComposeError> {
        do {
            let project = try session.project()
            _ = try project.stack()
            return .success((project, advice(on: project)))
        } catch {
            return .failure(error)
        }
    }

    /// All that can be said of a valid project, by place.
    private static func advice(on project: ComposeProject) -> [Finding] {
        let lines = SourceLines()
        let advice = Advisor.advice(on: project.model) { path in
            guard let place = project.position(of: path), place.file.hasSuffix(".yaml") || place.file.hasSuffix(".yml"),
                let line = lines.line(place), let key = path.last, line.contains(key)
            else { return nil }
            return line
        }
        let file = project.files.first ?? "compose.yaml"
        let findings = advice.map { Finding($0, at: project.position(of: $0.path), otherwise: file) }
        return (project.warnings.map { Finding(warning: $0) } + findings).sorted {
            ($0.file, $0.line, $0.column, $0.rule ?? "") < ($1.file, $1.line, $1.column, $1.rule ?? "")
        }
    }
}
