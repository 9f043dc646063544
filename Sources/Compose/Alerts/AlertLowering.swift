internal import Stack

/// Reads `x-hale.alerts`.
struct AlertLowering {
    static let key = "alerts"
    private static let keys = [
        "channels", "routes", "group_wait", "group_interval", "repeat", "quiet_hours", "escalation",
    ]
    private static let routeKeys = ["severity", "services", "to", "continue"]
    private static let escalationKeys = ["after", "to", "severity"]

    /// What routes may name: services that a profile switches off as well.
    let services: [String]
    /// The project's folder, which paths are relative to.
    let directory: String

    /// Nil where there is none.
    func policy(_ hale: Fields, _ problems: inout Problems) -> AlertPolicy? {
        guard hale[Self.key] != nil else { return nil }
        let fields = hale.fields(Self.key)
        fields.allow(Self.keys, &problems)
        guard fields.value?.map != nil else { return nil }
        var policy = AlertPolicy()
        policy.channels = channels(fields.fields("channels"), &problems)
        let names = fields.fields("channels").map.keys
        policy.routes = list(fields, "routes", Self.routeKeys, &problems) { route($0, names, &$1) }
        policy.escalation = list(fields, "escalation", Self.escalationKeys, &problems) { step($0, names, &$1) }
            .sorted { $0.after < $1.after }
        policy.groupWait = fields.duration("group_wait", &problems) ?? policy.groupWait
        policy.groupInterval = fields.duration("group_interval", &problems) ?? policy.groupInterval
        policy.repeatInterval = repeatInterval(fields, otherwise: policy.repeatInterval, &problems)
        policy.quietHours = QuietHoursLowering(fields: fields.fields("quiet_hours")).hours(&problems)
        return policy
    }

    private func channels(_ fields: Fields, _ problems: inout Problems) -> [AlertChannel] {
        guard fields.value?.map?.keys.isEmpty == false else {
            problems.report(fields.path, "expected a mapping of names to channels, at least one")
            return []
        }
        return fields.map.keys.compactMap { name in
            AlertChannelLowering(name: name, fields: fields.fields(name), directory: directory).channel(&problems)
        }
    }

    private func list<Item>(
        _ fields: Fields, _ key: String, _ keys: [String], _ problems: inout Problems,
        _ read: (Fields, inout Problems) -> Item?
    ) -> [Item] {
        guard let value = fields[key] else { return [] }
        guard let list = value.list else {
            problems.report(fields.path + [key], "expected a list of mappings with \(keys.joined(separator: ", "))")
            return []
        }
        var items: [Item] = []
        for (place, value) in list.enumerated() {
            let own = Fields(value, path: fields.path + [key, "\(place)"])
            own.allow(keys, &problems)
            if value.map != nil, let item = read(own, &problems) { items.append(item) }
        }
        return items
    }

    private func route(_ fields: Fields, _ names: [String], _ problems: inout Problems) -> AlertRoute? {
        guard let to = channels(named: fields, among: names, &problems) else { return nil }
        let services = fields["services"] == nil ? nil : fields.strings("services", &problems)
        for (place, name) in (services ?? []).enumerated() where !self.services.contains(name) {
            problems.report(
                fields.path + ["services", "\(place)"], "there is no service '\(name)'",
                hint: nearest(name, in: self.services))
        }
        return AlertRoute(
            severity: fields.choice("severity", &problems) ?? .warning, services: services.map { Set($0) }, to: to,
            goesOn: fields.flag("continue", &problems) ?? false)
    }

    private func step(_ fields: Fields, _ names: [String], _ problems: inout Problems) -> AlertEscalation? {
        if fields["after"] == nil { problems.report(fields.path, "'after' is missing, such as 'after: 15m'") }
        let severity: AlertSeverity? = fields.choice("severity", &problems)
        guard let to = channels(named: fields, among: names, &problems),
            let after = fields.wait("after", &problems)
        else { return nil }
        return AlertEscalation(after: after, to: to, severity: severity ?? .warning)
    }

    /// `to: NAME` is short for a list of one.
    private func channels(named fields: Fields, among names: [String], _ problems: inout Problems) -> [String]? {
        let path = fields.path + ["to"]
        guard let value = fields["to"] else {
            problems.report(fields.path, "'to' is missing: the channels")
            return nil
        }
        guard let to = value.scalarText.map({ [$0] }) ?? fields.strings("to", &problems) else { return nil }
        if to.isEmpty { problems.report(path, "is empty; expected the names of channels") }
        for (place, name) in to.enumerated() where !names.contains(name) {
            problems.report(
                value.list == nil ? path : path + ["\(place)"], "there is no channel '\(name)'",
                hint: nearest(name, in: names))
        }
        return to
    }

    private func repeatInterval(
        _ fields: Fields, otherwise usual: Duration?, _ problems: inout Problems
    ) -> Duration? {
        let interval = fields.wait("repeat", otherwise: usual, &problems)
        guard let interval, interval < .seconds(60), fields["repeat"] != nil else { return interval }
        problems.report(fields.path + ["repeat"], "must be at least 1m, or off")
        return usual
    }
}

/// Reads `quiet_hours`.
struct QuietHoursLowering {
    private static let keys = ["from", "to", "days", "time_zone", "severity"]
    private static let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

    let fields: Fields

    func hours(_ problems: inout Problems) -> QuietHours? {
        guard fields.value != nil, fields.value != .null else { return nil }
        fields.allow(Self.keys, &problems)
        let from = minute("from", &problems)
        let to = minute("to", &problems)
        let severity: AlertSeverity? = fields.choice("severity", &problems)
        let zone = fields.string("time_zone", &problems)
        if let zone, !Self.isZoneName(zone) {
            problems.report(fields.path + ["time_zone"], "expected a name such as Europe/Berlin, found '\(zone)'")
        }
        let days = days(&problems)
        guard let from, let to else { return nil }
        return QuietHours(from: from, to: to, days: days, timeZone: zone, severity: severity ?? .critical)
    }

    private func minute(_ key: String, _ problems: inout Problems) -> Int? {
        guard let value = fields[key] else {
            problems.report(fields.path, "'\(key)' is missing, such as '\(key): \"22:00\"'")
            return nil
        }
        let parts = (value.scalarText ?? "").split(separator: ":", omittingEmptySubsequences: false)
        if parts.count == 2, parts.allSatisfy({ (1...2).contains($0.count) && $0.allSatisfy(\.isWholeNumber) }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), hour < 24, minute < 60
        {
            return hour * 60 + minute
        }
        problems.report(
            fields.path + [key], "expected a time between quotes, such as \"22:00\"\(fields.found(value))")
        return nil
    }

    private func days(_ problems: inout Problems) -> Set<Int> {
        guard fields["days"] != nil, let names = fields.strings("days", &problems) else { return [] }
        var days: Set<Int> = []
        for (place, name) in names.enumerated() {
            if let day = Self.days.firstIndex(of: name.lowercased()) {
                days.insert(day + 1)
            } else {
                problems.report(
                    fields.path + ["days", "\(place)"],
                    "expected one of \(Self.days.joined(separator: ", ")), found '\(name)'",
                    hint: nearest(name, in: Self.days))
            }
        }
        return days
    }

    /// It becomes a path, which is to stay where zones are.
    private static func isZoneName(_ name: String) -> Bool {
        !name.isEmpty && !name.hasPrefix("/") && !name.split(separator: "/").contains("..")
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/_+-".contains($0)) }
    }
}
