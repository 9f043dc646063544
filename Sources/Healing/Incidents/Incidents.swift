internal import Stack

/// Follows what goes wrong from the first sign to the end, after every event. The work is that of the services that
/// something changed for, and nothing where all is well.
extension Engine {
    /// The incidents that are not over, the oldest first. To be kept across Hale's own restarts, like `memory`.
    public var incidents: [Incident] {
        (incidentBook.pages.values.map(\.incident) + incidentBook.restored).sorted { $0.id < $1.id }
    }

    /// The number of the next incident. To be kept across Hale's own restarts.
    public var nextIncident: Int64 { incidentBook.nextID }

    /// Takes over the incidents that were open when Hale was restarted, which end as soon as all in them are well; to be
    /// called before the first `configured`. No number up to the largest of them, or below `nextIncident`, is given again.
    public mutating func restore(incidents: [Incident], nextIncident: Int64) {
        incidentBook.restored = incidents.filter { $0.state == .open }.sorted { $0.id < $1.id }
        let largest = incidents.map(\.id).max() ?? 0
        incidentBook.nextID = max(nextIncident, largest < .max ? largest + 1 : .max, 1)
    }

    mutating func followIncidents() {
        guard !incidentBook.troubled.isEmpty || !incidentBook.pages.isEmpty else {
            incidentBook.isDue = false
            return
        }
        var recovered: [String] = []
        for service in agenda.services.sorted() { follow(service, &recovered) }
        releaseVictimsOfDismissedRoots()
        attributeTroubles()
        tellStory()
        for service in recovered where isOnlyVictim(service) { incidentBook.uncover(service) }
        endIncidents()
        effects += incidentBook.takeNews().map { .incident($0) }
    }

    /// Brings the books up to date with one service.
    private mutating func follow(_ service: String, _ recovered: inout [String]) {
        let id = incidentBook.covering[service]
        guard incidentBook.troubled.contains(service) || id != nil else { return }
        let standing = review(service)
        switch standing {
        case .failing, .recovering: break
        case .recovered, .dismissed, nil:
            if incidentBook.troubled.remove(service) != nil { incidentBook.isDue = true }
        }
        guard let id else { return }
        switch standing {
        case .failing:
            // Another of its instances may have failed, and have shown it earlier.
            let since = (services[service]?.members ?? []).compactMap { instances[$0]?.trouble?.since }.min()
            incidentBook.change(id) {
                $0.incident.note(service, wellSince: nil)
                $0.incident.firstSignAt = min($0.incident.firstSignAt, since ?? $0.incident.firstSignAt)
            }
        case .recovering(let since): incidentBook.change(id) { $0.incident.note(service, wellSince: since) }
        case .recovered(let since):
            incidentBook.change(id) {
                $0.incident.note(service, wellSince: since)
                $0.unsettled.remove(service)
            }
            recovered.append(service)
        case .dismissed(let reason): dismiss(service, from: id, reason)
        case nil:
            // Its instance is gone together with what was wrong with it.
            guard incidentBook.pages[id]?.unsettled.contains(service) == true else { return noteVerdict(id) }
            dismiss(service, from: id, dismissal(of: service))
        }
        noteVerdict(id)
    }

    private mutating func dismiss(_ service: String, from id: Int64, _ reason: String) {
        incidentBook.change(id) {
            $0.unsettled.remove(service)
            if $0.incident.root == service { $0.rootDismissal = reason } else { $0.hasDismissedVictim = true }
        }
        if isOnlyVictim(service) { incidentBook.uncover(service) }
    }

    private func isOnlyVictim(_ service: String) -> Bool {
        guard let id = incidentBook.covering[service], let page = incidentBook.pages[id] else { return false }
        return page.incident.root != service && !page.unsettled.contains(service)
    }

    /// The verdict on an incident is the first action because of its root.
    mutating func noteVerdict(_ id: Int64) {
        guard let incident = incidentBook.pages[id]?.incident, incident.verdictAt == nil,
            let verdict = (services[incident.root]?.members ?? []).compactMap({ instances[$0]?.trouble?.actedAt }).min()
        else { return }
        incidentBook.change(id) { $0.incident.verdictAt = verdict }
    }

    /// What a person stopped explains no more; those who still fail are judged anew.
    private mutating func releaseVictimsOfDismissedRoots() {
        for id in incidentBook.touched.sorted() {
            guard let page = incidentBook.pages[id], page.rootDismissal != nil else { continue }
            for service in page.unsettled.sorted() { incidentBook.uncover(service) }
            incidentBook.change(id) {
                $0.hasDismissedVictim = $0.hasDismissedVictim || !$0.unsettled.isEmpty
                $0.unsettled = []
            }
            incidentBook.isDue = true
        }
    }

    // MARK: The story

    /// Gives every entry about a covered service the number of its incident, and the incident that entry as a moment.
    private mutating func tellStory() {
        for (index, effect) in effects.enumerated() {
            guard case .record(var entry) = effect, entry.incident == nil, let service = entry.service,
                let id = incidentBook.covering[service]
            else { continue }
            entry.incident = id
            effects[index] = .record(entry)
            incidentBook.change(id) { [now] in $0.incident.add(Incident.Moment(entry, at: now)) }
        }
    }

    private mutating func endIncidents() {
        for id in incidentBook.touched.sorted() where incidentBook.pages[id]?.unsettled.isEmpty == true {
            guard var page = incidentBook.remove(id) else { continue }
            let root = page.incident.root
            let text: String
            if let dismissal = page.rootDismissal {
                page.incident.state = .closed
                page.incident.endedAt = now
                text = "closed: \(dismissal)"
            } else {
                page.incident.state = page.hasDismissedVictim ? .closed : .resolved
                let end = page.incident.lastRecovery
                page.incident.endedAt = end
                text = "\(root) is well again after \(DurationText.format(end - page.incident.firstSignAt))"
            }
            let entry = Entry(
                .incidentEnded, service: root, text: text, cause: page.incident.cause, actor: nil, incident: id)
            effects.append(.record(entry))
            page.incident.add(Incident.Moment(entry, at: page.incident.endedAt ?? now))
            effects.append(.incident(page.incident))
        }
    }
}

extension Incident.Moment {
    /// An entry at the instant it was written.
    init(_ entry: Entry, at time: Instant) {
        self.init(
            time: time, kind: entry.kind, service: entry.service, instance: entry.instance, text: entry.text,
            cause: entry.cause)
    }
}
