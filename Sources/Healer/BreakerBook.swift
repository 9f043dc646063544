internal import Control
internal import Healing
internal import Stack
internal import Wire

/// The breakers as the gateway told of them last, and what there is to write down about them.
///
/// Outlives the gateways: one that is new and tells the same states again is no news. What the first gateway that a healer
/// hears from tells is no news either, as the healer before wrote it down.
struct BreakerBook {
    /// What tells one breaker from every other.
    private struct Key: Hashable {
        var service: String
        var target: UInt16
        var address: String
        var port: UInt16
    }

    fileprivate struct Page {
        var record: BreakerRecord
        var instance: InstanceID
        /// Since when it keeps calls away; nil where it does not, or did before this healer knew of it.
        var keepsAwaySince: Instant?
        /// What its failures were when a call last went well: those since then came in a row.
        var failuresBefore: UInt64
    }

    private var pages: [Key: Page] = [:]
    private var hasHeard = false

    /// Takes the list of all breakers; returns what to write down. A backend that is no instance's is left out.
    mutating func take(
        _ records: [BreakerRecord], at now: Instant, instance: (String) -> InstanceID?
    ) -> [Entry] {
        var fresh: [Key: Page] = [:]
        var entries: [Entry] = []
        for record in records {
            let key = Key(
                service: record.service, target: record.target, address: record.backend.address,
                port: record.backend.port)
            let known = pages[key]
            guard let owner = known?.instance ?? instance(record.backend.address) else { continue }
            let page = Page(record, of: owner, after: known, at: now, isNews: hasHeard)
            if hasHeard, let entry = page.entry(after: known?.record.state ?? .closed) { entries.append(entry) }
            fresh[key] = page
        }
        pages = fresh
        hasHeard = true
        return entries
    }

    /// What people see of each instance's breakers, by port; `time` spells an instant as the API does.
    func statuses(time: (Instant) -> String) -> [InstanceID: [BreakerStatus]] {
        var statuses: [InstanceID: [BreakerStatus]] = [:]
        for page in pages.values { statuses[page.instance, default: []].append(page.status(time)) }
        return statuses.mapValues { $0.sorted { $0.port < $1.port } }
    }

    /// The calls to instances of `service` that do not get through, by instance and port.
    func keptAway(_ service: String) -> [KeptAwayCalls] {
        pages.values.compactMap { page in
            guard page.instance.service == service, page.record.state.keepsAway else { return nil }
            return KeptAwayCalls(
                instance: page.instance, port: page.record.target, since: page.keepsAwaySince,
                reason: page.record.state == .forcedOpen ? nil : page.record.lastFailure,
                until: page.record.openUntil, isByHand: page.record.state == .forcedOpen)
        }.sorted { ($0.instance, $0.port) < ($1.instance, $1.port) }
    }
}

extension BreakerBook.Page {
    /// What is known of a breaker with `record`, after what was `known` of it. `isNews` is whether a change since then would
    /// have been told at once.
    fileprivate init(
        _ record: BreakerRecord, of instance: InstanceID, after known: Self?, at now: Instant, isNews: Bool
    ) {
        self.record = record
        self.instance = instance
        if record.state.keepsAway {
            keepsAwaySince = known?.record.state.keepsAway == true ? known?.keepsAwaySince : isNews ? now : nil
        }
        failuresBefore = Self.failuresBefore(record, after: known)
    }

    /// Of calls that were told together it cannot be known which came first.
    private static func failuresBefore(_ record: BreakerRecord, after known: Self?) -> UInt64 {
        guard let known, known.record.successes <= record.successes, known.record.failures <= record.failures else {
            // It, or the gateway, is new and counts from nothing.
            return record.successes == 0 ? 0 : record.failures
        }
        return known.record.successes == record.successes ? known.failuresBefore : record.failures
    }

    /// What to write down where the state was `former`; nil where nothing worth a line has changed.
    fileprivate func entry(after former: BreakerState) -> Entry? {
        guard record.state != former else { return nil }
        let name = "the breaker of \(instance) port \(record.target)"
        switch record.state {
        case .open:
            return Entry(.breakerOpened, instance: instance, text: "\(name) has opened: \(why)", cause: cause)
        case .forcedOpen:
            return Entry(
                .breakerOpened, instance: instance, text: "\(name) is open until a person closes it",
                cause: "asked by hand")
        case .halfOpen:
            return Entry(
                .breakerHalfOpen, instance: instance,
                text: "\(name) is half-open: a few calls are let through on trial",
                cause: record.lastFailure)
        case .closed, .disabled, .metricsOnly:
            guard former.keepsAway else { return nil }
            return Entry(.breakerClosed, instance: instance, text: "\(name) has closed: all calls go through again")
        }
    }

    private var cause: String { record.lastFailure ?? why }

    /// Why it has opened, as far as the counts say it.
    private var why: String {
        let last = record.lastFailure.map { ", the last: \($0)" } ?? ""
        let row = record.failures > failuresBefore ? record.failures - failuresBefore : 0
        if row > 0 { return (row == 1 ? "1 failure" : "\(row) failures in a row") + last }
        if let rate = record.failureRate, rate > 0 { return "\(Self.percent(rate)) % of calls fail\(last)" }
        if let rate = record.slowCallRate, rate > 0 { return "\(Self.percent(rate)) % of calls are slow" }
        return record.lastFailure ?? "too many calls failed or were slow"
    }

    private static func percent(_ rate: Double) -> Int { Int((min(max(rate, 0), 1) * 100).rounded()) }

    fileprivate func status(_ time: (Instant) -> String) -> BreakerStatus {
        var status = BreakerStatus(
            service: record.service, instance: instance.description, port: record.target, state: record.state)
        status.openUntil = record.openUntil.map(time)
        status.pending = record.pending
        status.failureRate = record.failureRate
        status.slowCallRate = record.slowCallRate
        status.trips = record.trips
        status.rejections = record.rejections
        status.successes = record.successes
        status.failures = record.failures
        status.slowCalls = record.slowCalls
        status.lastFailure = record.lastFailure
        return status
    }
}
