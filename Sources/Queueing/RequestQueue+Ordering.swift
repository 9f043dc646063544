public import Platform

/// What a person wants done with a request.
public enum QueueOrder: Hashable, Sendable {
    /// To have it tried again, now and as often as at first.
    case retry
    /// To have it gone.
    case removal

    fileprivate var kind: QueueFileKind {
        switch self {
        case .retry: .retry
        case .removal: .removal
        }
    }
}

extension RequestQueue {
    /// Has the owner do that, now or, where there is none, as soon as there is one. What it is too late for is not done.
    public func order(_ order: QueueOrder, _ ticket: Ticket) throws(SystemError) {
        try writeFileAtomically([], to: files.path(ticket, order.kind), mode: 0o600)
    }
}
