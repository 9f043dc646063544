/// Why the engine did not do what it was asked.
public enum EngineError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It cannot be reached; the sentence says why.
    case unreachable(String)
    /// It took too long.
    case timedOut
    /// It says no: the status of its answer and what it says.
    case refused(status: Int, String)
    /// It began, and could not do it; what it says.
    case failed(String)
    /// It was not asked: something on this side is missing or wrong. One sentence.
    case prevented(String)
    /// Its answer makes no sense.
    case senseless(String)
    /// It speaks an older version of the API than is needed.
    case tooOld(version: String)

    /// One sentence.
    public var description: String {
        switch self {
        case .unreachable(let reason): "the engine cannot be reached: \(reason)"
        case .timedOut: "the engine did not answer in time"
        case .refused(_, let message): message
        case .failed(let message), .prevented(let message): message
        case .senseless(let what): "the engine's answer makes no sense: \(what)"
        case .tooOld(let version):
            "the engine speaks version \(version) of Docker's API; \(EngineClient.leastVersion) is needed"
        }
    }

    /// The reason without what was attempted, where the sentence around it says that.
    public var reason: String {
        switch self {
        case .unreachable(let reason): reason.split(separator: ": ").last.map(String.init) ?? reason
        case .timedOut: "it does not answer"
        case .refused, .failed, .prevented, .senseless, .tooOld: description
        }
    }

    /// Whether what was asked about is not there.
    public var isNotFound: Bool {
        if case .refused(404, _) = self { return true }
        return false
    }

    /// Whether what was to be made is there already, or cannot be changed while it is as it is.
    public var isConflict: Bool {
        if case .refused(409, _) = self { return true }
        return false
    }

    /// Whether the engine could not even be asked.
    public var isAbsence: Bool {
        switch self {
        case .unreachable: true
        default: false
        }
    }
}
