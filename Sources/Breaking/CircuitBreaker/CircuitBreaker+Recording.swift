public import Stack

extension CircuitBreaker {
    /// Reports how a call ended. A result of an earlier state changes nothing.
    public mutating func record(_ outcome: Outcome, of permit: Permit, at now: Instant) {
        advance(to: now)
        guard permit.generation == generation else { return }
        switch state {
        case .closed:
            count(outcome, of: permit, at: now)
            judgeWindow(at: now)
        case .metricsOnly:
            count(outcome, of: permit, at: now)
        case .halfOpen:
            countInTrial(outcome, of: permit, at: now)
            judgeTrial(at: now)
        case .open, .forcedOpen, .disabled:
            // Open states give no permits, and a disabled breaker looks at nothing.
            return
        }
    }

    /// When a call still in flight becomes slow, for a timer; nil when calls cannot be slow.
    public func becomesSlow(_ permit: Permit) -> Instant? {
        guard slowAfter < .max, permit.mark == nil else { return nil }
        let (instant, overflow) = permit.started.nanoseconds.addingReportingOverflow(slowAfter)
        return overflow || instant == .max ? nil : Instant(nanoseconds: instant + 1)
    }

    /// Counts a call that is still in flight past the slow threshold as slow now, once; its end will not count it as
    /// slow again. Before that, and for permits of an earlier state, nothing happens.
    ///
    /// Without this a service that stops answering would be noticed only when its callers give up.
    public mutating func noteHanging(_ permit: inout Permit, at now: Instant) {
        advance(to: now)
        guard permit.generation == generation, permit.mark == nil, isSlow(permit, at: now) else { return }
        switch state {
        case .closed:
            permit.mark = countSlow(at: now)
            judgeWindow(at: now)
        case .metricsOnly:
            permit.mark = countSlow(at: now)
        case .halfOpen:
            guard holdsEvidence(permit, at: now) else { return }
            permit.mark = Self.trialMark
            counters.slow &+= 1
            trial.record(failed: false, slow: true)
            judgeTrial(at: now)
        case .open, .forcedOpen, .disabled:
            return
        }
    }
}

extension CircuitBreaker {
    /// Marks a call that was counted by half-open, which has no window.
    private static let trialMark = CallWindow.Mark(revision: 0, position: 0)

    private func isSlow(_ permit: Permit, at now: Instant) -> Bool {
        now.nanoseconds &- permit.started.nanoseconds > slowAfter
    }

    private mutating func countSlow(at now: Instant) -> CallWindow.Mark {
        counters.slow &+= 1
        return window.record(failed: false, slow: true, at: now)
    }

    private mutating func count(_ outcome: Outcome, of permit: Permit, at now: Instant) {
        if outcome == .ignored { return }
        let failed = outcome == .failure
        tally(failed, at: now)
        if let mark = permit.mark {
            // Counted as slow already; only that it failed is news.
            if failed, !window.amendToFailure(mark) { _ = window.record(failed: true, slow: false, at: now) }
        } else {
            let slow = isSlow(permit, at: now)
            if slow { counters.slow &+= 1 }
            _ = window.record(failed: failed, slow: slow, at: now)
        }
    }

    private mutating func tally(_ failed: Bool, at now: Instant) {
        if failed {
            counters.failures &+= 1
            failuresInARow = min(failuresInARow + 1, Int(Int32.max))
        } else {
            counters.successes &+= 1
            failuresInARow = 0
            if tripsInARow > 0, state == .closed, now - closedSince >= policy.resetAfter { tripsInARow = 0 }
        }
    }

    private mutating func judgeWindow(at now: Instant) {
        if let most = policy.consecutiveFailures, failuresInARow >= most { return trip(at: now) }
        window.advance(to: now)
        if let rates = window.tally.rates(minimumCalls: window.minimumCalls(policy)), exceeds(rates) { trip(at: now) }
    }

    private mutating func countInTrial(_ outcome: Outcome, of permit: Permit, at now: Instant) {
        guard permit.mark != nil || holdsEvidence(permit, at: now), outcome != .ignored else { return }
        let failed = outcome == .failure
        if failed { counters.failures &+= 1 } else { counters.successes &+= 1 }
        if permit.mark != nil {
            // Counted as slow already; only that it failed is news.
            if failed { trial.amendToFailure() }
        } else {
            let slow = isSlow(permit, at: now)
            if slow { counters.slow &+= 1 }
            trial.record(failed: failed, slow: slow)
        }
    }

    /// Takes back the place of a call. A call whose lease ran out is evidence all the same, or a service whose calls
    /// take longer than a lease would never be judged; one that was handed back already is not.
    private mutating func holdsEvidence(_ permit: Permit, at now: Instant) -> Bool {
        trial.free(permit.ticket) || permit.started + policy.permitLease <= now
    }

    mutating func judgeTrial(at now: Instant) {
        guard let rates = trial.tally.rates(minimumCalls: trialCalls) else { return }
        if exceeds(rates) { trip(at: now) } else { enter(.closed, at: now) }
    }
}
