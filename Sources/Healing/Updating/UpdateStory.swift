public import Stack

/// What there is to say about an update.
extension Engine {
    /// An update in one sentence; nil where there is none of that service.
    public func updateSentence(of service: String, at now: Instant) -> String? {
        guard let update = updates[service] else { return nil }
        switch update.phase {
        case .updating: return "\(service): \(progress(of: update, at: now))"
        case .paused(let reason):
            return "\(service): its update is paused, \(update.finished) of \(update.total) done: \(reason)"
        case .rollingBack(let reason): return "\(service): rolling back, \(progress(of: update, at: now)): \(reason)"
        case .completed: return "\(service): updated"
        case .rolledBack(let reason):
            return "\(service) was rolled back: \(reason); it runs what it ran before, not what the file says"
        case .failed(let reason):
            return "\(service): its rollback is paused, \(update.finished) of \(update.total) done: \(reason)"
        }
    }

    /// `updating 2 of 3, next in 5 seconds`.
    private func progress(of update: RollingUpdate, at now: Instant) -> String {
        let place = "updating \(min(update.finished + 1, update.total)) of \(update.total)"
        guard update.isUnderWay, update.hasDue else { return place }
        if isSetAside(update.service.name) { return "\(place), the next when a person lets it" }
        if let hindrance = updateHindrance(of: update.service.name) { return "\(place), the next later: \(hindrance)" }
        guard let next = update.nextTurn(after: now) else { return place }
        return "\(place), next in \(TimeWords.span(next - now))"
    }

    /// The update in sentences for `explain`.
    func updateSentences(of service: String, _ words: TimeWords) -> [String] {
        guard let update = updates[service], let sentence = updateSentence(of: service, at: words.now) else {
            return []
        }
        let again = "To try the file's version again: hale up -d \(service)"
        switch update.phase {
        case .completed: return []
        case .updating, .rollingBack: return [sentence + "."]
        case .paused, .failed:
            return [sentence + ".", "No other instance is replaced until the file is applied again.", again]
        case .rolledBack: return [sentence + ".", again]
        }
    }
}
