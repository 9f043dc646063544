/// What became of a call that went to an instance: a request over HTTP, a connection otherwise.
public enum CallOutcome: UInt8, Hashable, Sendable, CaseIterable {
    /// The instance answered.
    case success
    /// It could not be reached, broke off before it answered, or answered that it fails.
    case failure
    /// It did not accept or answer in time.
    case timeout
    /// An answer began and broke off.
    case truncated
    /// The client left first, or another instance answered the same request.
    case cancelled

    /// The word for it in metrics and logs.
    public var word: StaticString {
        switch self {
        case .success: "success"
        case .failure: "failure"
        case .timeout: "timeout"
        case .truncated: "truncated"
        case .cancelled: "cancelled"
        }
    }
}
