internal import Stack

/// The incidents that are not over, and which service belongs to which.
struct IncidentBook: Sendable {
    /// One that is not over.
    struct Page: Sendable {
        var incident: Incident
        /// What was told of it last.
        var told: Incident?
        /// Its services that are not well, or not for long enough.
        var unsettled: Set<String>
        /// How a person took its root out of Hale's care, if one did.
        var rootDismissal: String?
        /// A person took one of its victims out of Hale's care while it was not well.
        var hasDismissedVictim = false
    }

    var pages: [Int64: Page] = [:]
    var nextID: Int64 = 1
    /// The incident that covers a service: its root for as long as it is open, a victim until it has recovered.
    private(set) var covering: [String: Int64] = [:]
    /// Services with a failing instance, or one that is not well for long enough.
    var troubled: Set<String> = []
    /// Something may have changed whose fault a failure is.
    var isDue = false
    /// Incidents that something changed for in this event.
    private(set) var changed: Set<Int64> = []
    /// Incidents that may be over or have lost their root in this event, the changed ones among them.
    private(set) var touched: Set<Int64> = []
    /// Incidents from before Hale's own restart, until it is known what the stack is.
    var restored: [Incident] = []

    /// Failing services that no incident covers: those that fail because of what a person did.
    var uncovered: [String] { troubled.filter { covering[$0] == nil } }

    mutating func cover(_ service: String, by id: Int64) {
        covering[service] = id
        pages[id]?.unsettled.insert(service)
        touched.insert(id)
    }

    /// An incident's root is covered by it for as long as it is open.
    mutating func coverRoot(of id: Int64) {
        guard let root = pages[id]?.incident.root else { return }
        covering[root] = id
        touched.insert(id)
    }

    mutating func uncover(_ service: String) {
        covering[service] = nil
    }

    /// Changes an incident. Whoever looks is told only where that changed anything.
    mutating func change(_ id: Int64, _ body: (inout Page) -> Void) {
        guard var page = pages[id] else { return }
        touched.insert(id)
        let before = page.incident
        pages[id] = nil
        body(&page)
        if page.incident != before { changed.insert(id) }
        pages[id] = page
    }

    mutating func remove(_ id: Int64) -> Page? {
        guard let page = pages.removeValue(forKey: id) else { return nil }
        for service in page.unsettled.union([page.incident.root]) where covering[service] == id {
            covering[service] = nil
        }
        return page
    }

    /// What is to be told of incidents since this was asked last.
    mutating func takeNews() -> [Incident] {
        defer {
            changed.removeAll(keepingCapacity: true)
            touched.removeAll(keepingCapacity: true)
        }
        return changed.sorted().compactMap { id in
            guard let page = pages[id], page.incident != page.told else { return nil }
            pages[id]?.told = page.incident
            return page.incident
        }
    }
}
