public import Stack

/// What is to be kept of the watch.
public enum WatchRecord: Hashable, Sendable {
    /// An event; its id is of no meaning.
    case event(EventRecord)
    /// An incident as it is now.
    case incident(IncidentRecord)
}

/// What a container printed when its check failed.
public struct CheckEvidence: Hashable, Sendable {
    /// The container, by name.
    public var container: String
    /// What its check printed the last time that it failed, by lines.
    public var check: [String]
    /// The last lines of its log.
    public var log: [String]

    /// What that container printed.
    public init(container: String, check: [String], log: [String]) {
        self.container = container
        self.check = check
        self.log = log
    }
}

extension WatchNote {
    /// Whether an incident opens with it, where none covers the container.
    var isSign: Bool {
        switch kind {
        case .unhealthy, .quarantined, .released: because == nil
        case .restarting, .restarted, .restartFailed, .recovered, .leftAlone, .removed: false
        }
    }

    /// What kind of event it is.
    var entryKind: Entry.Kind {
        kind == .leftAlone && container.state == .paused ? .paused : kind.entryKind
    }
}

extension WatchNote.Kind {
    /// The word that the journal has for it.
    var entryKind: Entry.Kind {
        switch self {
        case .unhealthy: .unhealthy
        case .restarting: .restarting
        case .restarted: .started
        case .restartFailed: .startFailed
        case .recovered: .healthy
        case .quarantined: .quarantined
        case .released: .released
        case .leftAlone, .removed: .stopped
        }
    }
}
