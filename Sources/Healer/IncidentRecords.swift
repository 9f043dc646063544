internal import Healing
internal import Journal
internal import Platform
internal import Stack

/// Keeps incidents in the journal, with what failed instances printed last, and finds those that an earlier healer left
/// open.
struct IncidentRecords {
    /// A stack has not more that are open at a time, by far.
    private static let mostOpen = 1_000
    /// Instances whose last lines are kept, for each incident.
    private static let mostLogs = 20
    /// The kinds of moments after which an instance's log is worth a look.
    private static let failures: Set<Entry.Kind> = [.exited, .startFailed, .suspected, .unhealthy]

    private let journal: Journal
    private let logFolder: String
    /// By incident, for the open ones: at which failure the log of each instance was read, and what it said.
    private var logs: [Int64: [InstanceID: (at: Instant, tail: IncidentRecord.LogTail)]] = [:]

    init(journal: Journal, logFolder: String) {
        self.journal = journal
        self.logFolder = logFolder
    }

    /// The incidents that were open when the healer before this one ended, and the number of the next one.
    mutating func restore(offset: Int64) -> (open: [Incident], next: Int64) {
        let records = journal.incidents(limit: Self.mostOpen, onlyOpen: true)
        for record in records {
            for tail in record.logs {
                guard let instance = InstanceID(named: tail.instance) else { continue }
                logs[record.id, default: [:]][instance] = (at: .now(), tail: tail)
            }
        }
        let last = journal.lastIncidentID
        return (records.map { Incident($0, offset: offset) }, last < .max ? last + 1 : .max)
    }

    /// Keeps an incident as it is now. `offset` leads from the engine's clock to the calendar's.
    mutating func keep(_ incident: Incident, offset: Int64) {
        readLogs(of: incident)
        var record = IncidentRecord(incident, offset: offset)
        record.logs = (logs[incident.id] ?? [:]).sorted { $0.key < $1.key }.map(\.value.tail)
        journal.save(record)
        if incident.state != .open { logs[incident.id] = nil }
    }

    /// Reads an instance's log anew for the incidents that have it.
    mutating func readAgain(_ instance: InstanceID) {
        for (incident, known) in logs {
            guard let at = known[instance]?.at else { continue }
            logs[incident]?[instance] = (at: at, tail: LogTails.read(instance, in: logFolder))
        }
    }

    /// Reads the log of each instance that has failed since it was last read.
    private mutating func readLogs(of incident: Incident) {
        var known = logs[incident.id] ?? [:]
        for moment in incident.timeline where Self.failures.contains(moment.kind) {
            guard let instance = moment.instance, known[instance].map({ $0.at < moment.time }) ?? true,
                known[instance] != nil || known.count < Self.mostLogs
            else { continue }
            known[instance] = (at: moment.time, tail: LogTails.read(instance, in: logFolder))
        }
        logs[incident.id] = known
    }
}

extension IncidentRecord {
    /// An incident in the calendar's times, without logs.
    init(_ incident: Incident, offset: Int64) {
        func time(_ instant: Instant) -> Int64 { instant.nanoseconds &+ offset }
        self.init(
            id: incident.id, state: incident.state, root: incident.root, cause: incident.cause,
            firstSignAt: time(incident.firstSignAt), verdictAt: incident.verdictAt.map(time),
            repairedAt: incident.repairedAt.map(time), endedAt: incident.endedAt.map(time),
            victims: incident.victims.map {
                Victim(
                    service: $0.service, sign: $0.sign, since: time($0.since), recoveredAt: $0.recoveredAt.map(time))
            },
            timeline: incident.timeline.map {
                Moment(
                    time: time($0.time), kind: $0.kind.rawValue, service: $0.service,
                    instance: $0.instance?.description, text: $0.text, cause: $0.cause)
            },
            omitted: incident.omitted)
    }
}

extension Incident {
    /// An incident in the engine's times; moments of kinds that this version does not know are left out and counted.
    init(_ record: IncidentRecord, offset: Int64) {
        func instant(_ time: Int64) -> Instant { Instant(nanoseconds: time &- offset) }
        let moments = record.timeline.compactMap { moment in
            Entry.Kind(rawValue: moment.kind).map { kind in
                Moment(
                    time: instant(moment.time), kind: kind, service: moment.service,
                    instance: moment.instance.flatMap { InstanceID(named: $0) }, text: moment.text,
                    cause: moment.cause)
            }
        }
        self.init(
            id: record.id, state: record.state, root: record.root, cause: record.cause,
            firstSignAt: instant(record.firstSignAt), verdictAt: record.verdictAt.map(instant),
            repairedAt: record.repairedAt.map(instant), endedAt: record.endedAt.map(instant),
            victims: record.victims.map {
                Victim(
                    service: $0.service, sign: $0.sign, since: instant($0.since),
                    recoveredAt: $0.recoveredAt.map(instant))
            },
            timeline: moments, omitted: record.omitted + record.timeline.count - moments.count)
    }
}

extension InstanceID {
    /// The instance that `name` (`redis-1`) names; nil for anything else.
    init?(named name: String) {
        guard let dash = name.lastIndex(of: "-"), dash > name.startIndex,
            let number = Int(name[name.index(after: dash)...])
        else { return nil }
        self.init(String(name[..<dash]), number)
    }
}
