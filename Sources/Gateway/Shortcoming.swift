/// Why a service has not answered a request.
enum Shortcoming {
    /// Nobody is there to ask, or the wait for somebody has ended.
    case unavailable
    /// The instance broke off, and the request must not be sent again.
    case brokeOff
    /// So did the last one that could be tried.
    case brokeOffAgain
    /// The instance's answer could not be understood.
    case senseless
    /// It cannot be spoken to over TLS as it should.
    case untrusted
    /// The instance took too long.
    case late
    /// The instance answered with a failure.
    case failing

    /// What the client is told where nobody else answers it.
    func answer(of service: String, retryAfter: UInt32) -> Answer {
        switch self {
        case .unavailable: Answer(status: 503, text: "\(service) is not available", retryAfter: retryAfter)
        case .brokeOff: Answer(status: 502, text: "\(service) has broken off")
        case .brokeOffAgain: Answer(status: 502, text: "\(service) has broken off, again")
        case .senseless: Answer(status: 502, text: "\(service) has given an answer that makes no sense")
        case .untrusted: Answer(status: 502, text: "the TLS of \(service) is not what it should be")
        case .late: Answer(status: 504, text: "\(service) has not answered in time")
        case .failing: Answer(status: 502, text: "\(service) has answered with a failure")
        }
    }
}
