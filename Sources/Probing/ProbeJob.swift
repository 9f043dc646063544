internal import Stack

/// One probe under way on the probe thread.
struct ProbeJob: Sendable {
    /// How the question is put.
    enum Work: Sendable {
        /// Over a TCP connection to that port.
        case talk(any Conversation, port: UInt16)
        /// Over HTTP.
        case dialogue(any HTTPDialogue)
        /// Not at all; why.
        case impossible(String)
    }

    var number: UInt64
    var work: Work
    /// Numeric IPv4 or IPv6 address.
    var address: String
    /// The network namespace to ask from, by path; nil is this process's own.
    var network: String?
    var timeout: Duration
    var started: Instant

    var deadline: Instant { started + timeout }
}

/// What became of a job.
struct ProbeReport: Sendable {
    var number: UInt64
    var verdict: Verdict
    /// From the order to the verdict.
    var took: Duration
}
