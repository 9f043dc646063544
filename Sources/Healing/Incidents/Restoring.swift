internal import Stack

/// Incidents that were open when Hale was restarted.
extension Engine {
    /// Goes on with them, now that it is known what the stack is. Whoever was not well then must show that it is now.
    mutating func takeOverIncidents() {
        let restored = incidentBook.restored
        incidentBook.restored = []
        for incident in restored { takeOver(incident) }
    }

    private mutating func takeOver(_ incident: Incident) {
        guard incidentBook.pages[incident.id] == nil else { return }
        incidentBook.pages[incident.id] = .init(incident: incident, told: incident, unsettled: [])
        var failing = incident.victims.filter { !hasSettled($0.recoveredAt) }.map { ($0.service, $0.sign, $0.since) }
        if hasSettled(incident.repairedAt) {
            incidentBook.coverRoot(of: incident.id)
            agenda.add(service: incident.root)
        } else {
            failing.append((incident.root, incident.cause, incident.firstSignAt))
        }
        for (service, sign, since) in failing where incidentBook.covering[service] == nil {
            incidentBook.cover(service, by: incident.id)
            services[service]?.lastIncident = incident.id
            incidentBook.troubled.insert(service)
            agenda.add(service: service)
            for member in services[service]?.members ?? [] where instances[member]?.trouble == nil {
                update(member) { $0.trouble = Trouble(since: since, sign: sign, actedAt: incident.verdictAt) }
            }
        }
    }

    private func hasSettled(_ wellSince: Instant?) -> Bool {
        wellSince.map { $0 + Incident.settling <= now } ?? false
    }
}
