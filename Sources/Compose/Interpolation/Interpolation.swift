/// Fills variables into the values of a file and turns the results into the types that their places ask for.
struct Interpolation {
    /// What could not be found, each with the place that asked for it.
    private(set) var warnings: [Diagnostic] = []
    private let environment: [String: String]

    init(environment: [String: String]) {
        self.environment = environment
    }

    mutating func apply(to root: Node) throws(ComposeError) -> Node {
        do {
            return try resolve(root, Casts.rules)
        } catch {
            // The path is only looked for when it is needed: most files have nothing wrong.
            var error = error
            for index in error.diagnostics.indices {
                guard let path = root.path(to: error.diagnostics[index]) else { continue }
                error.diagnostics[index].message = path + ": " + error.diagnostics[index].message
            }
            throw error
        }
    }

    private mutating func resolve(_ node: Node, _ rules: PathRules<Casts.Kind>?) throws(ComposeError) -> Node {
        switch node.content {
        case .null, .bool, .integer, .double:
            return node
        case .string(let text):
            let filled = try fill(text, at: node.mark)
            guard let kind = rules?.rule else { return node.with(.string(filled)) }
            guard let content = Casts.cast(filled, to: kind) else {
                throw node.mark.error("expected \(kind.rawValue), found \"\(filled)\"")
            }
            return node.with(content)
        case .list(let items):
            var resolved: [Node] = []
            resolved.reserveCapacity(items.count)
            for item in items { resolved.append(try resolve(item, rules?.item)) }
            return node.with(.list(resolved))
        case .map(let map):
            let resolved = try map.mapValues { key, value throws(ComposeError) in
                try resolve(value, rules?.below(key))
            }
            return node.with(.map(resolved))
        }
    }

    mutating func fill(_ text: String, at mark: Mark) throws(ComposeError) -> String {
        let environment = self.environment
        var template = Template { environment[$0] }
        do {
            let filled = try template.fill(text)
            for name in template.missing {
                warnings.append(mark.diagnostic("variable \(name) is not set, so it is taken for an empty string"))
            }
            return filled
        } catch {
            throw mark.error(error.description, hint: error.hint)
        }
    }
}

/// The places whose values are no text once their variables are filled in.
enum Casts {
    enum Kind: String, Sendable {
        case whole = "a whole number"
        case number = "a number"
        case flag = "true or false"
    }

    static let rules = PathRules<Kind>(table)

    static func cast(_ text: String, to kind: Kind) -> Node.Content? {
        switch kind {
        case .whole: Int64(text).map(Node.Content.integer)
        case .number: Double(text).map(Node.Content.double)
        case .flag: flag(text).map(Node.Content.bool)
        }
    }

    /// The words of YAML 1.1, which Compose still takes here.
    static func flag(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "y", "yes", "on": true
        case "false", "n", "no", "off": false
        default: nil
        }
    }

    private static let table: [String: Kind] = {
        var table: [String: Kind] = [:]
        for (kind, keys) in service { for key in keys { table["services.*." + key] = kind } }
        for (resource, keys) in flags { for key in keys { table["\(resource).*.\(key)"] = .flag } }
        return table
    }()

    private static let service: [Kind: [String]] = [
        .whole: [
            "cpu_count", "cpu_period", "cpu_quota", "cpu_rt_period", "cpu_rt_runtime", "cpu_shares", "deploy.replicas",
            "deploy.update_config.parallelism", "deploy.rollback_config.parallelism",
            "deploy.restart_policy.max_attempts", "deploy.placement.max_replicas_per_node", "healthcheck.retries",
            "oom_score_adj", "pids_limit", "ports.*.target", "scale", "ulimits.*", "ulimits.*.hard", "ulimits.*.soft",
        ],
        .number: [
            "cpu_percent", "cpus", "deploy.update_config.max_failure_ratio",
            "deploy.rollback_config.max_failure_ratio",
        ],
        .flag: [
            "init", "depends_on.*.required", "depends_on.*.restart", "healthcheck.disable", "oom_kill_disable",
            "privileged", "read_only", "stdin_open", "tty", "volumes.*.read_only", "volumes.*.volume.nocopy",
        ],
    ]

    private static let flags: [String: [String]] = [
        "networks": ["external", "internal", "attachable", "enable_ipv4", "enable_ipv6"],
        "volumes": ["external"],
        "secrets": ["external"],
        "configs": ["external"],
    ]
}

extension Node {
    /// The path, joined by dots, of the scalar that `diagnostic` is about.
    fileprivate func path(to diagnostic: Diagnostic) -> String? {
        switch content {
        case .map(let map):
            for (key, value) in map {
                if let rest = value.path(to: diagnostic) { return rest.isEmpty ? key : "\(key).\(rest)" }
            }
            return nil
        case .list(let items):
            for (index, item) in items.enumerated() {
                if let rest = item.path(to: diagnostic) { return rest.isEmpty ? "\(index)" : "\(index).\(rest)" }
            }
            return nil
        case .null, .bool, .integer, .double, .string:
            return mark.position == diagnostic.position ? "" : nil
        }
    }
}

extension Diagnostic {
    fileprivate var position: SourcePosition { SourcePosition(file: file, line: line, column: column) }
}
