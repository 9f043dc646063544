internal import Stack

/// Reads `x-hale.limit`, but for the size of bodies, and `x-hale.priority`.
struct LoadLowering {
    let hale: Fields
    /// The service's TCP ports.
    let ports: [UInt16]
    /// The names of all services.
    let services: [String]

    func policy(_ problems: inout Problems) -> LoadPolicy {
        var policy = LoadPolicy()
        let limit = hale.fields("limit")
        policy.concurrency = concurrency(limit, &problems)
        policy.perClient = limit.count("per_client", &problems)
        priorities(of: &policy, &problems)
        return policy
    }

    private func concurrency(_ limit: Fields, _ problems: inout Problems) -> ConcurrencyPolicy {
        guard let value = limit["concurrency"] else { return .unlimited }
        let fields = limit.fields("concurrency")
        if value.map != nil { return adaptive(fields, &problems) }
        let text = value.scalarText ?? ""
        if let method = AdaptiveConcurrency.Method(rawValue: text) { return .adaptive(AdaptiveConcurrency(method)) }
        if let limit = Int(text), (1...1_000_000).contains(limit) { return .fixed(limit) }
        let names = AdaptiveConcurrency.Method.allCases.map(\.rawValue)
        problems.report(
            fields.path,
            "expected a whole number from 1 to 1000000, \(names.joined(separator: ", ")), or a mapping with method, "
                + "initial, min and max" + (text.isEmpty ? "" : ", found '\(text)'"),
            hint: text.isEmpty ? nil : nearest(text, in: names))
        return .unlimited
    }

    private func adaptive(_ fields: Fields, _ problems: inout Problems) -> ConcurrencyPolicy {
        fields.allow(["method", "initial", "min", "max"], &problems)
        var adaptive = AdaptiveConcurrency(fields.choice("method", &problems) ?? .gradient)
        adaptive.min = fields.count("min", &problems) ?? adaptive.min
        adaptive.max = fields.count("max", &problems) ?? max(adaptive.max, adaptive.min)
        adaptive.initial =
            fields.count("initial", &problems) ?? min(max(adaptive.initial, adaptive.min), adaptive.max)
        if adaptive.max < adaptive.min {
            problems.report(fields.path + ["max"], "must not be smaller than min, which is \(adaptive.min)")
        } else if !(adaptive.min...adaptive.max).contains(adaptive.initial) {
            problems.report(
                fields.path + ["initial"], "expected a whole number from \(adaptive.min) to \(adaptive.max)")
        }
        return .adaptive(adaptive)
    }

    /// `priority: 8` is for all calls; a list is of rules, of which the first that fits counts.
    private func priorities(of policy: inout LoadPolicy, _ problems: inout Problems) {
        guard let value = hale["priority"] else { return }
        guard let list = value.list else {
            policy.priority = hale.count("priority", in: 0...9, &problems) ?? policy.priority
            return
        }
        for (index, value) in list.enumerated() {
            let fields = Fields(value, path: hale.path + ["priority", "\(index)"])
            if let rule = rule(fields, &problems) { policy.rules.append(rule) }
        }
    }

    private func rule(_ fields: Fields, _ problems: inout Problems) -> PriorityRule? {
        guard fields.value?.map != nil else {
            problems.report(
                fields.path, "expected a mapping with level and, if need be, client, port, path, header and value")
            return nil
        }
        fields.allow(["level", "client", "port", "path", "header", "value"], &problems)
        guard fields["level"] != nil else {
            problems.report(fields.path, "expected a level from 0 (first to be shed) to 9 (last)")
            return nil
        }
        guard let level = fields.count("level", in: 0...9, &problems) else { return nil }
        var rule = PriorityRule(priority: level)
        rule.client = client(fields, &problems)
        rule.port = port(fields, &problems)
        rule.path = path(fields, &problems)
        rule.header = fields.fieldName("header", &problems)
        rule.value = fields.string("value", &problems)
        if rule.value != nil, fields["header"] == nil {
            problems.report(fields.path + ["value"], "expected a header beside it, whose value this is")
        }
        return rule
    }

    private func client(_ fields: Fields, _ problems: inout Problems) -> String? {
        guard let name = fields.string("client", &problems) else { return nil }
        if services.contains(name) { return name }
        problems.report(
            fields.path + ["client"], "there is no service '\(name)'", hint: nearest(name, in: services))
        return nil
    }

    private func port(_ fields: Fields, _ problems: inout Problems) -> Int? {
        guard let port = fields.port("port", &problems) else { return nil }
        guard ports.contains(port) else {
            let known = ports.isEmpty ? "none" : ports.map { "\($0)" }.joined(separator: ", ")
            problems.report(
                fields.path + ["port"], "expected one of the service's TCP ports (\(known)), found '\(port)'")
            return nil
        }
        return Int(port)
    }

    private func path(_ fields: Fields, _ problems: inout Problems) -> String? {
        guard let path = fields.string("path", &problems) else { return nil }
        if path.hasPrefix("/") { return path }
        problems.report(fields.path + ["path"], "expected the beginning of a path, such as /batch/, found '\(path)'")
        return nil
    }
}

extension Fields {
    /// The name of a header field (RFC 9110 section 5.1).
    func fieldName(_ key: String, _ problems: inout Problems) -> String? {
        guard let name = string(key, &problems) else { return nil }
        let others = "!#$%&'*+-.^_`|~"
        if !name.isEmpty,
            name.unicodeScalars.allSatisfy({
                $0.isASCII
                    && ($0.properties.isAlphabetic || $0.properties.numericType != nil
                        || others.unicodeScalars.contains($0))
            })
        {
            return name
        }
        problems.report(path + [key], "expected the name of a header field, such as X-Tenant, found '\(name)'")
        return nil
    }
}
