internal import Control
internal import Healing
internal import Stack

/// The updates as the status shows them.
enum UpdateStatuses {
    static func make(of engine: Engine, at now: Instant) -> [String: UpdateStatus] {
        var statuses: [String: UpdateStatus] = [:]
        for (name, update) in engine.updates {
            guard let state = state(update.phase), let text = engine.updateSentence(of: name, at: now) else { continue }
            statuses[name] = UpdateStatus(state: state, finished: update.finished, total: update.total, text: text)
        }
        return statuses
    }

    /// nil for one that is over.
    private static func state(_ phase: RollingUpdate.Phase) -> UpdateStatus.State? {
        switch phase {
        case .updating: .updating
        case .paused: .paused
        case .rollingBack: .rollingBack
        case .completed: nil
        case .rolledBack: .rolledBack
        case .failed: .failed
        }
    }
}
