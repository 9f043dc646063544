import Healing
import Stack
import Testing

/// Backoff, attempts, budget, quarantine, and the cap over the whole stack.
@Suite struct RestartTests {
    private func policy(
        _ condition: RestartPolicy.Condition = .unlessStopped, attempts: Int? = nil, delay: Duration? = nil,
        budget: Int = 100, release: Duration = .seconds(100), releases: Int = 1
    ) -> RestartPolicy {
        RestartPolicy(
            condition: condition, maximumAttempts: attempts, delay: delay, backoff: .seconds(1), cap: .seconds(8),
            resetAfter: .seconds(60), budget: budget, budgetWindow: .seconds(300), release: release,
            maximumReleases: releases)
    }

    /// Lets the service crash right after each of `count` starts; returns the waits before the following starts.
    private func waits(_ talk: inout Dialogue, _ count: Int) -> [Duration] {
        var waits: [Duration] = []
        for _ in 0..<count {
            guard let run = talk.report("web")?.run else { break }
            talk.tell(.started(one("web"), run: run, pid: 7))
            let crashed = talk.now
            talk.tell(.exited(one("web"), run: run, Exit(.code(1))))
            while talk.state("web") == .backoff, let next = talk.engine.nextDeadline {
                talk.now = next
                talk.tell(.timePassed)
            }
            waits.append(talk.now - crashed)
        }
        return waits
    }

    @Test func theFirstRestartIsImmediateAndEachLaterWaitDoublesUpToTheCap() {
        var talk = Dialogue(.named("web", restart: policy()))
        let found = waits(&talk, 7).map(\.seconds)
        for (wait, expected) in zip(found, [0.0, 1, 2, 4, 8, 8, 8]) {
            #expect(wait >= expected * 0.8 && wait <= min(expected * 1.2, 8))
        }
        #expect(found.first == 0)
    }

    @Test func theJitterFollowsTheSeed() {
        var first = Dialogue(.named("web", restart: policy()), seed: 3)
        var second = Dialogue(.named("web", restart: policy()), seed: 3)
        var third = Dialogue(.named("web", restart: policy()), seed: 4)
        let expected = waits(&first, 5)
        #expect(waits(&second, 5) == expected)
        #expect(waits(&third, 5) != expected)
    }

    @Test func aFixedDelayComesBeforeEveryRestart() {
        var talk = Dialogue(.named("web", restart: policy(delay: .seconds(3))))
        #expect(waits(&talk, 3) == [.seconds(3), .seconds(3), .seconds(3)])
    }

    @Test func uptimeAloneResetsNothingAndSustainedHealthDoes() {
        let check = HealthCheck.exec(interval: .seconds(100), startPeriod: .seconds(300), startInterval: .seconds(100))
        var talk = Dialogue(.named("web", check: check, restart: policy()))
        _ = waits(&talk, 3)
        talk.tell(.started(one("web"), run: 4, pid: 7))
        talk.pass(.seconds(90))
        talk.tell(.exited(one("web"), run: 4, Exit(.code(1))))
        #expect(talk.state("web") == .backoff)
        talk.pass(.seconds(10))
        talk.tell(.started(one("web"), run: 5, pid: 7))
        talk.pass(.seconds(100))
        talk.tell(.probed(one("web"), run: 5, .passed(took: .zero)))
        #expect(talk.health("web") == .healthy)
        talk.pass(.seconds(61))
        #expect(talk.acts(.exited(one("web"), run: 5, Exit(.code(1)))) == [.start(one("web"), run: 6)])
    }

    @Test(arguments: [
        (RestartPolicy.Condition.no, Exit(.code(0)), Lifecycle.completed),
        (.no, Exit(.code(1)), .failed),
        (.onFailure, Exit(.code(0)), .completed),
        (.onFailure, Exit(.code(1)), .starting),
        (.onFailure, Exit(.signal(15)), .starting),
        (.onFailure, Exit(.code(0), outOfMemory: true), .starting),
        (.always, Exit(.code(0)), .starting),
        (.unlessStopped, Exit(.code(0)), .starting),
        (.onFailure, Exit(.unknown), .starting),
    ])
    func theConditionDecides(condition: RestartPolicy.Condition, exit: Exit, state: Lifecycle) {
        var talk = Dialogue(.named("web", restart: policy(condition)))
        talk.tell(.started(one("web"), run: 1, pid: 7))
        talk.tell(.exited(one("web"), run: 1, exit))
        #expect(talk.state("web") == state)
    }

    @Test func attemptsAreLimited() {
        var talk = Dialogue(.named("web", restart: policy(.onFailure, attempts: 2)))
        _ = waits(&talk, 3)
        #expect(talk.state("web") == .failed)
        #expect(talk.report("web")?.restarts == 2)
    }

    @Test func anInstanceThatLivesForTheWindowHasUpAllItsAttemptsAgain() {
        var restart = policy(.onFailure, attempts: 1, delay: .zero)
        restart.window = .seconds(5)
        var talk = Dialogue(.named("web", restart: restart))
        _ = waits(&talk, 1)
        talk.tell(.started(one("web"), run: 2, pid: 7))
        talk.pass(.seconds(6))
        talk.tell(.exited(one("web"), run: 2, Exit(.code(1))))
        #expect(talk.state("web") == .starting)
        talk.tell(.started(one("web"), run: 3, pid: 7))
        talk.pass(.seconds(4))
        talk.tell(.exited(one("web"), run: 3, Exit(.code(1))))
        #expect(talk.state("web") == .failed)
    }

    @Test func aSpentBudgetMeansQuarantineOneAlertAndALimitedRelease() {
        var talk = Dialogue(.named("web", restart: policy(budget: 2)))
        _ = waits(&talk, 2)
        talk.tell(.started(one("web"), run: 3, pid: 7))
        let story = talk.story(.exited(one("web"), run: 3, Exit(.code(1))))
        #expect(story == [.exited, .quarantined, .alert, .refusing])
        #expect(talk.state("web") == .quarantined)
        #expect(talk.engine.routing(of: "web") == .refused("web is quarantined: exited with code 1"))
        let released = talk.pass(.seconds(100))
        #expect(released.effects.acts == [.start(one("web"), run: 4)])
        talk.tell(.started(one("web"), run: 4, pid: 7))
        #expect(talk.story(.exited(one("web"), run: 4, Exit(.code(1)))) == [.exited, .quarantined, .refusing])
        #expect(talk.pass(.seconds(10_000)).effects.acts.isEmpty)
        #expect(talk.acts(.asked(.releaseQuarantine(service: "web"))) == [.start(one("web"), run: 5)])
    }

    @Test func aTryThatStaysHealthyEndsTheQuarantine() {
        var talk = Dialogue(.named("web", restart: policy(budget: 1, release: .seconds(400))))
        _ = waits(&talk, 2)
        #expect(talk.state("web") == .quarantined)
        talk.pass(.seconds(400))
        talk.tell(.started(one("web"), run: 3, pid: 7))
        talk.pass(.seconds(400))
        #expect(talk.acts(.exited(one("web"), run: 3, Exit(.code(1)))) == [.start(one("web"), run: 4)])
    }

    @Test func aChangedLaunchIsANewChance() {
        var talk = Dialogue(.named("web", restart: policy(budget: 0)))
        _ = waits(&talk, 1)
        #expect(talk.state("web") == .quarantined)
        #expect(talk.acts(.configured(Dialogue.stack([.named("web", restart: policy(budget: 0))]))).isEmpty)
        let repaired = Service.named("web", restart: policy(budget: 0), command: "fixed")
        #expect(talk.acts(.configured(Dialogue.stack([repaired]))) == [.start(one("web"), run: 2)])
    }

    @Test func restartsInProgressAreCappedAndTheQueueMovesOn() {
        let check = HealthCheck.exec(interval: .seconds(10))
        let services = ["a", "b", "c"].map { Service.named($0, check: check, restart: policy()) }
        var talk = Dialogue()
        // Bringing the stack up is not limited.
        #expect(talk.acts(.configured(Dialogue.stack(services, concurrency: 1))).count == 3)
        for name in ["a", "b", "c"] { talk.tell(.started(one(name), run: 1, pid: 7)) }
        #expect(talk.acts(.exited(one("a"), run: 1, Exit(.code(1)))) == [.start(one("a"), run: 2)])
        #expect(talk.acts(.exited(one("b"), run: 1, Exit(.code(1)))).isEmpty)
        #expect(talk.acts(.exited(one("c"), run: 1, Exit(.code(1)))).isEmpty)
        #expect(talk.report("b")?.waitingOn == "a restart slot")
        #expect(talk.acts(.started(one("a"), run: 2, pid: 8)).isEmpty)
        talk.pass(.seconds(10))
        #expect(talk.acts(.probed(one("a"), run: 2, .passed(took: .zero))) == [.start(one("b"), run: 2)])
        #expect(talk.acts(.startFailed(one("b"), run: 2, reason: "gone")) == [.start(one("c"), run: 2)])
    }

    @Test func aStartThatFailsIsRetriedLikeACrash() {
        var talk = Dialogue(.named("web", restart: policy()))
        #expect(
            talk.acts(.startFailed(one("web"), run: 1, reason: "no such file")) == [.start(one("web"), run: 2)])
        #expect(talk.report("web")?.lastError == "no such file")
    }
}
