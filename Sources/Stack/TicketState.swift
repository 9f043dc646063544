/// Where a request is that was kept for later.
public enum TicketState: String, Hashable, Sendable, Codable, CaseIterable {
    /// It waits. Can go to `delivering` when it is its turn, and to `expired`.
    case queued
    /// An instance is being asked. Can go to `delivered` and `failed`, and back to `queued` for another attempt.
    case delivering
    /// The service has answered it.
    case delivered
    /// It was tried as often as it may be. Goes to `queued` when a person wants it to be tried again.
    case failed
    /// It has waited for as long as it may. Goes to `queued` when a person wants it to be tried again.
    case expired

    /// Whether nothing more happens to it by itself.
    public var isFinished: Bool {
        switch self {
        case .queued, .delivering: false
        case .delivered, .failed, .expired: true
        }
    }
}
