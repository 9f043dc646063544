import Healing
import Stack
import Testing

/// Docker's health semantics to the letter (moby, daemon/health.go), and what `confirm` makes faster.
@Suite struct HealthTests {
    /// Runs a started service whose probes all take `took` and end as `result` says; returns when probes began.
    private func probes(
        _ talk: inout Dialogue, for time: Duration, took: Duration = .zero, run: Int = 1,
        _ result: (Int) -> ProbeResult
    ) -> [Int64] {
        var begun: [Int64] = []
        let end = talk.now + time
        while let next = talk.engine.nextDeadline, next <= end, talk.state("web") == .running {
            talk.now = max(talk.now, next)
            guard talk.tell(.timePassed).hasProbe else { continue }
            begun.append(talk.now.milliseconds)
            talk.wait(took)
            talk.tell(.probed(one("web"), run: run, result(begun.count)))
        }
        return begun
    }

    private func running(_ check: HealthCheck, _ restart: RestartPolicy = RestartPolicy(condition: .no)) -> Dialogue {
        var talk = Dialogue(.named("web", check: check, restart: restart))
        talk.tell(.started(one("web"), run: 1, pid: 7))
        return talk
    }

    @Test func theIntervalRunsFromTheEndOfAProbeToTheStartOfTheNext() {
        var talk = running(.exec(interval: .seconds(10)))
        let begun = probes(&talk, for: .seconds(40), took: .seconds(2)) { _ in .passed(took: .seconds(2)) }
        #expect(begun == [10_000, 22_000, 34_000])
    }

    @Test func theStartIntervalHoldsOnlyInTheStartPeriod() {
        var talk = running(.exec(interval: .seconds(10), startPeriod: .seconds(12), startInterval: .seconds(5)))
        let begun = probes(&talk, for: .seconds(40)) { _ in .failed("no") }
        #expect(begun == [5_000, 10_000, 15_000, 25_000, 35_000])
    }

    @Test func failuresInTheStartPeriodDoNotCount() {
        var talk = running(.exec(startPeriod: .seconds(12), startInterval: .seconds(5), retries: 1))
        _ = probes(&talk, for: .seconds(11)) { _ in .failed("no") }
        #expect(talk.health("web") == .starting)
        _ = probes(&talk, for: .seconds(5)) { _ in .failed("no") }
        #expect(talk.health("web") == .unhealthy)
    }

    @Test func oneSuccessEndsTheStartPeriod() {
        var talk = running(.exec(startPeriod: .seconds(60), startInterval: .seconds(5), retries: 2))
        _ = probes(&talk, for: .seconds(26)) { $0 == 1 ? .passed(took: .zero) : .failed("no") }
        #expect(talk.health("web") == .unhealthy)
    }

    @Test func aSuccessZeroesTheStreak() {
        var talk = running(.exec(interval: .seconds(1), retries: 2))
        _ = probes(&talk, for: .seconds(9)) { $0.isMultiple(of: 2) ? .passed(took: .zero) : .failed("no") }
        #expect(talk.health("web") != .unhealthy)
    }

    @Test func unhealthyAfterRetriesAndHealthyAfterOneSuccess() {
        var talk = running(.exec(interval: .seconds(1), retries: 3))
        _ = probes(&talk, for: .seconds(2)) { _ in .failed("no") }
        #expect(talk.health("web") == .starting)
        _ = probes(&talk, for: .seconds(1)) { _ in .failed("no") }
        #expect(talk.health("web") == .unhealthy)
        _ = probes(&talk, for: .seconds(1)) { _ in .passed(took: .zero) }
        #expect(talk.health("web") == .healthy)
    }

    @Test func dockersTimingNeedsAHundredSecondsForTenRetries() {
        var talk = running(.exec(interval: .seconds(10), retries: 10), RestartPolicy(condition: .always))
        let begun = probes(&talk, for: .seconds(200)) { _ in .failed("no") }
        #expect(begun.last == 100_000)
        #expect(begun.count == 10)
    }

    @Test func confirmationConvictsInAboutTwentySeconds() {
        var talk = running(
            .exec(interval: .seconds(10), retries: 10, confirm: .seconds(1)), RestartPolicy(condition: .always))
        let begun = probes(&talk, for: .seconds(200)) { _ in .failed("no") }
        #expect(begun == [10_000] + (1...9).map { 10_000 + 1_000 * $0 })
        #expect(talk.state("web") == .stopping)
    }

    @Test func aProbeThatIsNeverAnsweredCountsAsFailed() {
        var talk = running(.exec(interval: .seconds(1), timeout: .seconds(2), retries: 1))
        talk.pass(.seconds(1))
        let late = talk.pass(.seconds(20))
        #expect(late.contains { $0.effect == .cancelProbe(one("web"), run: 1) })
        #expect(talk.health("web") == .unhealthy)
    }

    @Test func aNativeProbeAsksAtOnceAndEverySlower() {
        var talk = Dialogue(.named("web", check: .native(startPeriod: .seconds(30))))
        #expect(talk.tell(.started(one("web"), run: 1, pid: 7)).hasProbe)
        talk.tell(.probed(one("web"), run: 1, .failed("connection refused")))
        let begun = probes(&talk, for: .seconds(3)) { _ in .failed("connection refused") }
        #expect(begun == [25, 75, 175, 375, 775, 1_575, 2_575])
        #expect(talk.health("web") == .starting)
    }

    @Test func aNativeCheckThatNeverPassesConvictsAfterTheStartPeriod() {
        var talk = Dialogue(
            .named(
                "web", check: .native(startPeriod: .seconds(5), retries: 3), restart: RestartPolicy(condition: .always))
        )
        talk.tell(.started(one("web"), run: 1, pid: 7))
        talk.tell(.probed(one("web"), run: 1, .failed("connection refused")))
        let begun = probes(&talk, for: .seconds(60)) { _ in .failed("connection refused") }
        #expect(talk.state("web") == .stopping)
        #expect((begun.last ?? 0) < 9_000)
        #expect(begun.count(where: { $0 >= 5_000 }) == 3)
    }

    @Test func aMissedHeartbeatIsAFailureOfItsOwn() {
        let check = HealthCheck(probe: .heartbeat(every: .seconds(2)), retries: 2)
        var talk = Dialogue(.named("web", check: check))
        talk.tell(.started(one("web"), run: 1, pid: 7))
        talk.wait(.seconds(1))
        talk.tell(.heartbeat(one("web"), run: 1))
        #expect(talk.health("web") == .healthy)
        let late = talk.pass(.seconds(4))
        #expect(late.effects.acts == [.thaw(one("web"), run: 1), .signal(one("web"), run: 1, 15)])
        #expect(talk.report("web")?.lastError == "no heartbeat for 2s")
    }

    @Test func aMissedWatchdogRestarts() {
        var talk = Dialogue(.named("web", watchdog: .seconds(2)))
        talk.tell(.started(one("web"), run: 1, pid: 7))
        talk.pass(.seconds(1))
        talk.tell(.heartbeat(one("web"), run: 1))
        #expect(talk.pass(.milliseconds(1_900)).effects.acts.isEmpty)
        #expect(talk.pass(.milliseconds(200)).contains { $0.effect == .signal(one("web"), run: 1, 15) })
    }

    @Test func outOfMemoryIsACauseOfItsOwn() {
        var talk = Dialogue(.named("web"))
        talk.tell(.started(one("web"), run: 1, pid: 7))
        talk.tell(.exited(one("web"), run: 1, Exit(.signal(9), outOfMemory: true)))
        #expect(talk.report("web")?.lastError == "ended for want of memory")
    }

    @Test func aServiceWithoutRestartsIsShownUnhealthyAndLeftAlone() {
        var talk = running(.exec(interval: .seconds(1), retries: 1))
        _ = probes(&talk, for: .seconds(20)) { _ in .failed("no") }
        #expect(talk.health("web") == .unhealthy)
        #expect(talk.state("web") == .running)
        #expect(talk.engine.routing(of: "web") == .open([one("web")]))
    }
}
