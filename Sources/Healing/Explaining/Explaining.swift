public import Stack

extension Engine {
    /// Why a service is as it is, since when, what will happen next and what a person can do, in plain sentences for
    /// someone woken at night; nil where the stack has no such service.
    ///
    /// `now` is by the engine's clock; `clock` spells an instant as the calendar and the wall clock have it. `keptAway` are
    /// the calls to the service's instances that do not get through.
    public func explain(
        _ service: String, at now: Instant, keptAway: [KeptAwayCalls] = [], clock: (Instant) -> String
    ) -> Explanation? {
        guard let record = services[service], isConfigured else { return nil }
        return withoutActuallyEscaping(clock) { clock in
            let words = TimeWords(now: max(now, self.now), clock: clock)
            var sentences = story(of: record, words)
            // That its process is well is not all that there is to it.
            if !keptAway.isEmpty { sentences.removeAll { $0 == Self.contentment } }
            sentences += keptAway.flatMap { $0.sentences(words) } + updateSentences(of: service, words)
            sentences += incidentSentences(of: record, words)
            return Explanation(
                service: service, sentences: sentences,
                incident: incidentBook.covering[service] ?? record.lastIncident)
        }
    }

    static let contentment = "Nothing is wrong, and nothing needs to be done."

    private func story(of record: ServiceRecord, _ words: TimeWords) -> [String] {
        let name = record.service.name
        if record.isRemoved {
            return ["\(name) is no longer part of the stack, and what is left of it is being stopped."]
        }
        let machines = record.members.compactMap { instances[$0] }
        guard let only = machines.first else {
            return ["\(name) has no instances, as its scale is 0.", "To run it: hale up -d --scale \(name)=1"]
        }
        let will = willSentences(of: name, words)
        guard machines.count > 1 else {
            return InstanceStory(engine: self, machine: only, record: record, subject: name, words: words).sentences
                + will
        }
        return overview(name, machines)
            + machines.filter { !$0.isWell }.prefix(5).flatMap { machine in
                InstanceStory(
                    engine: self, machine: machine, record: record, subject: machine.id.description, words: words
                ).sentences
            } + will
    }

    private func overview(_ name: String, _ machines: [InstanceMachine]) -> [String] {
        var counts: [String: Int] = [:]
        for machine in machines { counts[machine.isWell ? "well" : machine.lifecycle.rawValue, default: 0] += 1 }
        let parts = counts.sorted { $0.value == $1.value ? $0.key < $1.key : $0.value > $1.value }
        let list = parts.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        let sentence = "\(name) has \(machines.count) instances: \(list)."
        return machines.allSatisfy(\.isWell)
            ? [sentence, Self.contentment] : [sentence]
    }

    /// Maintenance; what else a person wants shows in the state.
    private func willSentences(of name: String, _ words: TimeWords) -> [String] {
        guard isInMaintenance(name), let until = wills[name]?.maintenanceUntil else { return [] }
        return [
            "It is in maintenance until \(words.future(until)): Hale watches it and does nothing about it.",
            "To have Hale look after it again: hale maintenance --end \(name)",
        ]
    }

    private func incidentSentences(of record: ServiceRecord, _ words: TimeWords) -> [String] {
        guard let id = incidentBook.covering[record.service.name], let incident = incidentBook.pages[id]?.incident
        else {
            return []
        }
        let isRoot = incident.root == record.service.name
        let isNearlyOver = incident.repairedAt != nil && incident.victims.allSatisfy { $0.recoveredAt != nil }
        let end = words.future(incident.lastRecovery + Incident.settling)
        let role = isRoot ? "It is the root" : "\(incident.root) is the root, and it is a victim,"
        return [
            "\(role) of incident \(id), which began at \(words.past(incident.firstSignAt)).",
            isNearlyOver ? "All in it are well again, and if that stays so it is over at \(end)." : nil,
            "What happened in it: hale incidents show \(id)",
        ].compactMap { $0 }
    }
}
