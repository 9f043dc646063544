internal import Control
internal import Stack
internal import Wire

/// The calls to instances as the gateways told of them.
///
/// What was counted is the present gateway's: a new one counts from nothing, which whoever takes rates of counters knows how
/// to read. What was lately is everybody's.
struct CallBook {
    private struct Key: Hashable {
        let instance: InstanceID
        let port: UInt16
    }

    fileprivate struct Page {
        var tallies: [GatewayCalls.Tally] = []
        var recent = RecentCalls()
    }

    private var pages: [Key: Page] = [:]
    /// Which gateway told last; nil where none has.
    private var gateway: Instant?

    /// Takes what a gateway tells.
    mutating func take(_ report: GatewayCalls, at now: Instant) {
        let isFirst = gateway == nil
        if report.isComplete { forgetCounts(keepingThoseOf: report) }
        for counts in report.counts {
            let key = Key(instance: counts.instance, port: counts.port)
            var page = pages[key] ?? Page()
            // What was before this healer came may have been long ago.
            if !isFirst { page.note(counts.tallies, at: now) }
            page.tallies = counts.tallies
            pages[key] = page
        }
        gateway = report.startedAt
    }

    private mutating func forgetCounts(keepingThoseOf report: GatewayCalls) {
        let isSame = gateway == report.startedAt
        let named = Set(report.counts.map { Key(instance: $0.instance, port: $0.port) })
        for key in pages.keys where !isSame || !named.contains(key) { pages[key]?.tallies = [] }
    }

    /// What was counted, by instance and port; of services that are not `included` nothing.
    func counts(of included: (String) -> Bool) -> [GatewayCalls.Counts] {
        pages.filter { !$0.value.tallies.isEmpty && included($0.key.instance.service) }
            .sorted { ($0.key.instance, $0.key.port) < ($1.key.instance, $1.key.port) }
            .map { GatewayCalls.Counts(instance: $0.key.instance, port: $0.key.port, tallies: $0.value.tallies) }
    }

    /// Whether any calls were lately.
    var hasRecent: Bool { pages.contains { !$0.value.recent.isEmpty } }

    /// Drops what was not lately.
    mutating func forget(at now: Instant) {
        for key in pages.keys where pages[key]?.recent.isEmpty == false { pages[key]?.recent.forget(at: now) }
    }

    /// Adds what was lately to the services' statuses.
    func adorn(_ services: [String: ServiceStatus]) -> [String: ServiceStatus] {
        var byInstance: [InstanceID: [RecentCalls]] = [:]
        for (key, page) in pages where !page.recent.isEmpty {
            byInstance[key.instance, default: []].append(page.recent)
        }
        guard !byInstance.isEmpty else { return services }
        var adorned = services
        for (service, entries) in Dictionary(grouping: byInstance, by: \.key.service) {
            guard var status = adorned[service] else { continue }
            status.traffic = RecentCalls.status(of: entries.flatMap(\.value))
            for (instance, recent) in entries {
                guard let place = status.instances.firstIndex(where: { $0.name == instance.description }) else {
                    continue
                }
                status.instances[place].traffic = RecentCalls.status(of: recent)
            }
            adorned[service] = status
        }
        return adorned
    }
}

extension CallBook.Page {
    /// Notes what has come to the tallies.
    fileprivate mutating func note(_ newer: [GatewayCalls.Tally], at now: Instant) {
        for tally in newer {
            let known = tallies.first { $0.outcome == tally.outcome }
            guard tally != known else { continue }
            recent.add(tally, beyond: known, at: now)
        }
    }
}
