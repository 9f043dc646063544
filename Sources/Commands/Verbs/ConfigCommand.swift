internal import Compose
internal import FoundationEssentials

/// `hale config`.
struct ConfigCommand: Command {
    private enum Format: String, CaseIterable { case yaml, json }

    private static let format = Option.value(
        "format", of: "FORMAT", help: "yaml (default) or json", choices: Format.self)
    private static let quiet = Option.flag("quiet", "q", help: "only check; print nothing")
    private static let services = Option.flag("services", help: "the names of the services, one a line")
    private static let images = Option.flag("images", help: "the images, one a line")
    private static let volumes = Option.flag("volumes", help: "the names of the volumes, one a line")
    private static let profiles = Option.flag("profiles", help: "the names of the profiles, one a line")
    private static let environment = Option.flag("environment", help: "the variables that interpolation sees")
    private static let hash = Option.value(
        "hash", of: "SERVICES",
        help: "a hash of each service, which changes with it; names with commas between, or \"*\"")
    private static let output = Option.value("output", "o", of: "PATH", help: "write to that file")

    static let manual = Manual(
        verb: "config", summary: "Print the project with everything resolved, as 'docker compose config' does",
        options: [format, quiet, services, images, volumes, profiles, environment, hash, output],
        examples: [
            .init(line: "hale config --format json", meaning: "the resolved project as JSON"),
            .init(line: "hale config -q", meaning: "exit code 0 if the files are valid"),
            .init(line: "hale config --hash \"*\"", meaning: "a hash a service"),
        ])

    private enum View: Equatable {
        case model(ComposeProject.Format), nothing, services, images, volumes, profiles, environment, hash(String)
    }

    private let view: View
    private let outputPath: String?

    init(_ arguments: ParsedArguments) throws(UsageError) {
        let format = try arguments.choice(Self.format, Format.self) ?? .yaml
        outputPath = arguments.value(Self.output)
        let flags: [(Option, View)] = [
            (Self.quiet, .nothing), (Self.services, .services), (Self.images, .images), (Self.volumes, .volumes),
            (Self.profiles, .profiles), (Self.environment, .environment),
        ]
        if let names = arguments.value(Self.hash) {
            view = .hash(names)
        } else if let flag = flags.first(where: { arguments.isOn($0.0) }) {
            view = flag.1
        } else {
            view = .model(format == .json ? .json : .yaml)
        }
    }

    func run(in session: Session) throws -> ExitCode {
        let project = try session.projectWithWarnings()
        let text = try text(of: project)
        if let outputPath {
            try write(text, to: outputPath, in: session)
        } else {
            try session.console.print(text)
        }
        return .success
    }
}

extension ConfigCommand {
    private func text(of project: ComposeProject) throws -> String {
        switch view {
        case .model(let format): project.rendered(as: format)
        case .nothing: ""
        case .services: Self.lines(project.serviceNames)
        case .images: Self.lines(project.images)
        case .volumes: Self.lines(project.volumeNames)
        case .profiles: Self.lines(project.profileNames)
        case .environment: Self.lines(project.environment.map { "\($0)=\($1)" }.sorted())
        case .hash(let names): try Self.lines(hashes(names, of: project))
        }
    }

    private func hashes(_ names: String, of project: ComposeProject) throws -> [String] {
        let all = project.serviceHashes
        let wanted = names.split(separator: ",").map(String.init)
        if wanted == ["*"] { return all.map { "\($0.service) \($0.hash)" } }
        return try wanted.map { name in
            guard let found = all.first(where: { $0.service == name }) else {
                throw CommandFailure(UsageError.noService(name, among: all.map(\.service)).description)
            }
            return "\(found.service) \(found.hash)"
        }
    }

    private static func lines(_ lines: [String]) -> String {
        lines.map { $0 + "\n" }.joined()
    }

    private func write(_ text: String, to path: String, in session: Session) throws {
        let full = session.absolute(path)
        do {
            try Data(text.utf8).write(to: URL(filePath: full))
        } catch {
            throw CommandFailure("\(path) cannot be written: \(error)")
        }
    }
}
