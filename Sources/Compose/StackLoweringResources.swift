internal import Stack

/// `deploy.resources.limits` (which win), `mem_limit`, `cpus`, `pids_limit` and `ulimits`.
struct ResourceLowering {
    let fields: Fields

    func limits(_ problems: inout Problems) -> ResourceLimits {
        let deploy = fields.fields("deploy").fields("resources").fields("limits")
        var limits = ResourceLimits()
        limits.memory = size("memory", in: deploy, &problems) ?? size("mem_limit", in: fields, &problems)
        limits.processors = number("cpus", in: deploy, &problems) ?? number("cpus", in: fields, &problems)
        let processes = deploy.integer("pids", &problems) ?? fields.integer("pids_limit", &problems)
        limits.processes = processes.flatMap { $0 > 0 ? Int64($0) : nil }
        for (name, value) in fields["ulimits"]?.map ?? ComposeMap() {
            limits.ulimits[name] = limit(name, value, &problems)
        }
        return limits
    }

    private func size(_ key: String, in fields: Fields, _ problems: inout Problems) -> Int64? {
        guard let text = fields.string(key, &problems) else { return nil }
        guard let bytes = ByteSize.parse(text) else {
            problems.report(fields.path + [key], "expected a size such as 512m or 2g")
            return nil
        }
        return bytes > 0 ? bytes : nil
    }

    private func number(_ key: String, in fields: Fields, _ problems: inout Problems) -> Double? {
        guard let text = fields.string(key, &problems) else { return nil }
        guard let number = Double(text), number.isFinite, number >= 0 else {
            problems.report(fields.path + [key], "expected a number such as 0.5 or 2")
            return nil
        }
        return number > 0 ? number : nil
    }

    private func limit(_ name: String, _ value: ComposeValue, _ problems: inout Problems) -> ResourceLimit? {
        if let both = value.scalarText.flatMap(Int64.init) { return ResourceLimit(soft: both, hard: both) }
        let details = Fields(value, path: fields.path + ["ulimits", name])
        guard let soft = details.integer("soft", &problems), let hard = details.integer("hard", &problems) else {
            return nil
        }
        return ResourceLimit(soft: Int64(soft), hard: Int64(hard))
    }
}
