internal import Control
internal import Stack

/// Shows what a changed configuration would do; does none of it.
struct Rehearsal {
    enum Format: String, CaseIterable { case table, json }

    static let dryRun = Option.flag("dry-run", help: "only show what would be done, and why")
    static let format = Option.value("format", of: "FORMAT", help: "of --dry-run: table (default) or json")

    let format: Format

    /// What `arguments` ask for; nil where it is to be done in earnest.
    static func wanted(_ arguments: ParsedArguments) throws(UsageError) -> Rehearsal? {
        let format = try arguments.choice(Self.format, Format.self)
        guard arguments.isOn(dryRun) else {
            if format != nil { throw UsageError("--format goes with --dry-run") }
            return nil
        }
        return Rehearsal(format: format ?? .table)
    }

    /// The way to `new` from what was applied last; `status` is nil where no Hale runs, and then `stopped` are left so.
    /// With `revives`, services that were stopped or have failed run again.
    func show(
        from old: Stack?, to new: Stack, status: StackStatus?, stopped: Set<String> = [], revives: (String) -> Bool,
        in console: Console
    ) throws {
        var revived: [String: String] = [:]
        for (name, service) in status?.services ?? [:] where revives(name) {
            revived[name] = Revival.reason(service)
        }
        let places =
            status.map { $0.services.mapValues(Self.place) }
            ?? Dictionary(stopped.map { ($0, ChangePlan.Place(live: 0, isSetAside: true)) }) { first, _ in first }
        let plan = ChangePlan(from: old, to: new, places: places, revived: revived)
        try show(plan, in: console)
    }

    private static func place(_ service: ServiceStatus) -> ChangePlan.Place {
        ChangePlan.Place(
            live: service.instances.count { $0.pid != nil },
            isSetAside: service.state == .stopped || service.state == .paused)
    }

    private func show(_ plan: ChangePlan, in console: Console) throws {
        switch format {
        case .json:
            try console.print(try JSONOutput.text(plan.changes, pretty: true) + "\n")
        case .table:
            guard !plan.changes.isEmpty else { return try console.print("nothing would change\n") }
            var table = TextTable(header: ["SERVICE", "ACTION", "REASON"])
            table.rows = plan.changes.map { [.init($0.service), .init($0.action.rawValue), .init($0.reason)] }
            try console.print(table.rendered(console.outputStyle))
        }
    }
}
