import Healing
import Stack
import Testing

/// A changed service is replaced in turn, by the words of Compose's update_config.
@Suite struct UpdateTests {
    private func web(
        _ version: String, replicas: Int = 3, check: HealthCheck? = nil, volumes: [String] = [],
        rollback: UpdatePolicy? = nil, restart: RestartPolicy = RestartPolicy(condition: .unlessStopped),
        update: UpdatePolicy? = nil
    ) -> Service {
        .named(
            "web", replicas: replicas, check: check, restart: restart, volumes: volumes, command: version,
            update: update, rollback: rollback)
    }

    @Test func oneAtATimeAndWatchedForFiveSecondsByDefault() {
        var fleet = Fleet(web("v1"))
        fleet.apply(web("v2"))
        #expect(fleet.versions == ["v2", "v1", "v1"])
        fleet.pass(.milliseconds(4_999))
        #expect(fleet.versions == ["v2", "v1", "v1"])
        fleet.pass(.milliseconds(1))
        #expect(fleet.versions == ["v2", "v2", "v1"])
        fleet.pass(.seconds(5))
        #expect(fleet.versions == ["v2", "v2", "v2"])
        #expect(fleet.phase == .updating)
        fleet.pass(.seconds(5))
        #expect(fleet.phase == nil)
        #expect(fleet.count(.updated) == 4)
    }

    @Test func parallelismIsHowManyAtATimeAndZeroIsAll() {
        var two = Fleet(web("v1"))
        two.apply(web("v2", update: UpdatePolicy(parallelism: 2)))
        #expect(two.versions == ["v2", "v2", "v1"])
        var all = Fleet(web("v1"))
        all.apply(web("v2", update: UpdatePolicy(parallelism: 0)))
        #expect(all.versions == ["v2", "v2", "v2"])
    }

    @Test func theDelayIsWaitedAlsoWhereNothingIsWatchedAnyMore() {
        var fleet = Fleet(web("v1"))
        fleet.apply(web("v2", update: UpdatePolicy(delay: .seconds(20))))
        fleet.pass(.milliseconds(19_999))
        #expect(fleet.versions == ["v2", "v1", "v1"])
        fleet.pass(.milliseconds(1))
        #expect(fleet.versions == ["v2", "v2", "v1"])
    }

    @Test func anInstanceWithACheckIsUpdatedWhenItIsHealthyAndGetsNoTrafficBefore() {
        let check = HealthCheck.exec(interval: .seconds(1))
        var fleet = Fleet(web("v1", check: check))
        fleet.pass(.seconds(1))
        for number in 1...3 { fleet.probe(number) }
        fleet.apply(web("v2", check: check))
        #expect(fleet.serving == [2, 3])
        fleet.pass(.milliseconds(1_000))
        #expect(fleet.serving == [2, 3])
        fleet.probe(1)
        #expect(fleet.serving == [1, 2, 3])
        #expect(fleet.count(.updated) == 1)
        fleet.probe(2)
        fleet.probe(3)
        fleet.pass(.milliseconds(900))
        #expect(fleet.versions == ["v2", "v1", "v1"])
    }

    @Test func startFirstHasAnotherServeBeforeOneIsStopped() {
        var fleet = Fleet(web("v1"))
        let policy = UpdatePolicy(order: .startFirst)
        fleet.apply(web("v2", update: policy))
        #expect(fleet.versions == ["v1", "v1", "v1", "v2"])
        #expect(fleet.serving == [1, 2, 3, 4])
        fleet.pass(.seconds(5))
        #expect(fleet.versions == ["v2", "v1", "v1", "v2"])
        fleet.pass(.seconds(15))
        #expect(fleet.versions == ["v2", "v2", "v2"])
        #expect(fleet.phase == nil)
    }

    @Test func aSingleInstanceIsReplacedInTurnOnlyWhereTheFileAsksForMore() {
        var plain = Fleet(web("v1", replicas: 1))
        plain.apply(web("v2", replicas: 1))
        #expect(plain.versions == ["v2"])
        #expect(plain.phase == nil)
        var careful = Fleet(web("v1", replicas: 1))
        careful.apply(web("v2", replicas: 1, update: UpdatePolicy(order: .startFirst)))
        #expect(careful.versions == ["v1", "v2"])
        careful.pass(.seconds(10))
        #expect(careful.versions == ["v2"])
    }

    @Test func nothingIsStartedBesideAnInstanceWithADataVolume() {
        var fleet = Fleet(web("v1", volumes: ["data"]))
        fleet.apply(web("v2", volumes: ["data"], update: UpdatePolicy(order: .startFirst)))
        #expect(fleet.versions == ["v2", "v1", "v1"])
        #expect(fleet.entries.contains { $0.kind == .updating && $0.cause == "it has a data volume" })
    }

    // MARK: Failures

    @Test func aFailurePausesByDefault() {
        var fleet = Fleet(web("v1"))
        fleet.crashing = ["bad"]
        fleet.apply(web("bad", restart: RestartPolicy(condition: .unlessStopped, delay: .seconds(60))))
        #expect(fleet.phase == .paused(reason: "web-1: exited with code 1"))
        fleet.pass(.seconds(30))
        #expect(fleet.versions == ["bad", "v1", "v1"])
        #expect(fleet.serving == [2, 3])
        #expect(fleet.count(.updatePaused) == 1)
    }

    @Test func aFailureLaterThanMonitorIsTheRestartPolicysBusiness() {
        var fleet = Fleet(web("v1"))
        fleet.apply(web("v2", update: UpdatePolicy(delay: .seconds(60), monitor: .seconds(2))))
        fleet.pass(.milliseconds(2_001))
        fleet.tell(.exited(one("web"), run: 2, Exit(.code(1))))
        #expect(fleet.phase == .updating)
        #expect(fleet.count(.updateFailed) == 0)
    }

    @Test func continueGoesOnWhateverFails() {
        var fleet = Fleet(web("v1"))
        fleet.crashing = ["bad"]
        let restart = RestartPolicy(condition: .no)
        fleet.apply(web("bad", restart: restart, update: UpdatePolicy(failureAction: .continue)))
        fleet.pass(.seconds(1))
        #expect(fleet.versions == ["bad", "bad", "bad"])
        #expect(fleet.count(.updateFailed) == 3)
        #expect(fleet.phase == nil)
    }

    @Test func asManyMayFailAsTheRatioAllows() {
        var fleet = Fleet(web("v1", replicas: 4))
        fleet.crashing = ["bad"]
        let policy = UpdatePolicy(maximumFailureRatio: 0.25)
        fleet.apply(web("bad", replicas: 4, restart: RestartPolicy(condition: .no), update: policy))
        fleet.pass(.seconds(1))
        #expect(fleet.versions == ["bad", "bad", "v1", "v1"])
        #expect(fleet.phase == .paused(reason: "web-2: exited with code 1"))
    }

    @Test func aRollbackGoesBackByItsOwnPolicyAndTellsTheTruthAfterwards() {
        var fleet = Fleet(web("v1"))
        let update = UpdatePolicy(failureAction: .rollback)
        let bad = web("bad", rollback: UpdatePolicy(monitor: .seconds(1)), update: update)
        fleet.apply(bad)
        fleet.pass(.seconds(7))
        fleet.crashing = ["bad"]
        // Two run the new version by now, and one of them fails while it is watched.
        fleet.tell(.exited(InstanceID("web", 2), run: 2, Exit(.code(1))))
        #expect(fleet.phase == .rollingBack(reason: "web-2: exited with code 1"))
        #expect(fleet.versions == ["bad", "v1", "v1"])
        fleet.pass(.seconds(1))
        #expect(fleet.versions == ["v1", "v1", "v1"])
        fleet.pass(.seconds(1))
        #expect(fleet.phase == .rolledBack(reason: "web-2: exited with code 1"))
        let sentences = fleet.talk.engine.explain("web", at: fleet.talk.now) { _ in "now" }?.sentences ?? []
        #expect(sentences.contains { $0.hasPrefix("web was rolled back: web-2: exited with code 1;") })
        fleet.crashing = []
        fleet.apply(bad)
        #expect(fleet.phase == .updating)
        fleet.pass(.seconds(15))
        #expect(fleet.versions == ["bad", "bad", "bad"])
        #expect(fleet.phase == nil)
    }

    @Test func aBadCoverIsDismissedAndNothingElseIsTouched() {
        var fleet = Fleet(web("v1"))
        fleet.crashing = ["bad"]
        let answer = fleet.apply(web("bad", update: UpdatePolicy(order: .startFirst, failureAction: .rollback)))
        #expect(fleet.versions == ["v1", "v1", "v1"])
        #expect(fleet.phase == .rolledBack(reason: "web-4: exited with code 1"))
        #expect(!answer.contains { if case .signal = $0 { true } else { false } })
    }

    @Test func aRollbackThatFailsGoesNoFurther() {
        var fleet = Fleet(web("v1"))
        fleet.crashing = ["v1", "bad"]
        let policy = RestartPolicy(condition: .unlessStopped, delay: .seconds(60))
        fleet.apply(web("bad", restart: policy, update: UpdatePolicy(failureAction: .rollback)))
        #expect(fleet.phase == .failed(reason: "web-1: exited with code 1"))
        #expect(fleet.versions == ["v1", "v1", "v1"])
    }

    @Test func whatADependencyIsToBlameForIsNotHeldAgainstTheNewVersion() {
        let db = Service.named("db", check: .exec(interval: .seconds(1), retries: 1))
        func stack(_ version: String) -> Stack {
            var web = web(version, update: UpdatePolicy(failureAction: .rollback))
            web.dependencies = [Dependency("db")]
            return Dialogue.stack([db, web])
        }
        var fleet = Fleet(db)
        fleet.tell(.configured(stack("v1")))
        fleet.tell(.configured(stack("v2")))
        fleet.pass(.seconds(1))
        fleet.tell(.probed(one("db"), run: 1, .failed("no")))
        fleet.tell(.exited(one("web"), run: 2, Exit(.code(1))))
        #expect(fleet.phase == .updating)
        #expect(fleet.count(.updateFailed) == 0)
    }

    // MARK: People

    @Test func theOldFileGoesBack() {
        var fleet = Fleet(web("v1"))
        fleet.apply(web("v2"))
        fleet.apply(web("v1"))
        #expect(fleet.versions == ["v1", "v1", "v1"])
        fleet.pass(.seconds(5))
        #expect(fleet.phase == nil)
    }

    @Test func theSameFileOnceMoreChangesNothingWhileItGoesOn() {
        var fleet = Fleet(web("v1"))
        fleet.apply(web("v2"))
        #expect(!fleet.apply(web("v2")).contains { $0.isAct })
        #expect(fleet.count(.updating) == 1)
    }

    @Test func whatWasStoppedStaysStoppedAndStartsAsTheFileSays() {
        var fleet = Fleet(web("v1"))
        fleet.apply(web("v2"))
        fleet.tell(.asked(.stop(service: "web", grace: nil)))
        fleet.pass(.seconds(60))
        #expect(fleet.talk.engine.report().allSatisfy { $0.state == .stopped })
        #expect(fleet.phase == nil)
        fleet.tell(.asked(.start(service: "web")))
        #expect(fleet.versions == ["v2", "v2", "v2"])
    }

    @Test func nobodysTurnComesInMaintenance() {
        var fleet = Fleet(web("v1"))
        fleet.tell(.asked(.maintenance(service: "web", for: .seconds(60))))
        fleet.apply(web("v2"))
        fleet.pass(.seconds(59))
        #expect(fleet.versions == ["v1", "v1", "v1"])
        fleet.pass(.seconds(1))
        #expect(fleet.versions == ["v2", "v1", "v1"])
    }

    @Test func whoCrashesBeforeItsTurnComesBackAsWhatItWas() {
        var fleet = Fleet(web("v1"))
        fleet.apply(web("v2"))
        fleet.tell(.exited(InstanceID("web", 3), run: 1, Exit(.code(1))))
        #expect(fleet.versions == ["v2", "v1", "v1"])
        #expect(fleet.talk.report("web", 3)?.run == 2)
    }

    @Test func explainSaysWhenTheNextTurnComes() {
        var fleet = Fleet(web("v1"))
        fleet.apply(web("v2"))
        fleet.pass(.seconds(5))
        let sentences = fleet.talk.engine.explain("web", at: fleet.talk.now) { _ in "now" }?.sentences ?? []
        #expect(sentences.contains("web: updating 3 of 3, next in 5 seconds."))
    }

    // MARK: A new healer

    private func successor(of fleet: Fleet, restoring: Bool, versions: [String]? = nil) -> Dialogue {
        var next = Dialogue()
        next.now = fleet.talk.now
        if restoring { next.engine.restore(updates: fleet.talk.engine.updates) }
        for report in fleet.talk.engine.report() {
            let launch = LaunchSpecification(command: [(versions ?? fleet.versions)[report.id.number - 1]])
            next.tell(
                .adopted(
                    report.id,
                    AdoptedProcess(pid: report.pid ?? 1, run: report.run, startedAt: .zero, launch: launch)))
        }
        return next
    }

    @Test func aNewHealerGoesOnWhereTheOldOneWas() {
        var fleet = Fleet(web("v1"))
        fleet.apply(web("v2"))
        var next = successor(of: fleet, restoring: true)
        #expect(next.acts(.configured(Dialogue.stack([web("v2")]))).isEmpty)
        #expect(next.pass(.seconds(5)).effects.acts == [.signal(InstanceID("web", 2), run: 1, 15)])
    }

    @Test func aNewHealerLeavesAloneWhatWasRolledBack() {
        var fleet = Fleet(web("v1"))
        fleet.crashing = ["bad"]
        let bad = web("bad", update: UpdatePolicy(failureAction: .rollback))
        fleet.apply(bad)
        fleet.pass(.seconds(5))
        var next = successor(of: fleet, restoring: true)
        #expect(next.acts(.configured(Dialogue.stack([bad]))).isEmpty)
        #expect(next.engine.updates["web"]?.phase == .rolledBack(reason: "web-1: exited with code 1"))
    }

    @Test func aNewHealerRemembersWhoHasFailed() {
        var fleet = Fleet(web("v1", replicas: 4))
        let policy = UpdatePolicy(maximumFailureRatio: 0.5)
        let bad = web("bad", replicas: 4, restart: RestartPolicy(condition: .no), update: policy)
        fleet.apply(bad)
        for number in 1...2 {
            #expect(fleet.versions[number - 1] == "bad")
            fleet.tell(.exited(InstanceID("web", number), run: 2, Exit(.code(1))))
        }
        #expect(fleet.versions == ["bad", "bad", "bad", "v1"])
        #expect(fleet.phase == .updating)
        var next = successor(of: fleet, restoring: true)
        next.tell(.configured(Dialogue.stack([bad])))
        next.tell(.exited(InstanceID("web", 3), run: 2, Exit(.code(1))))
        #expect(next.engine.updates["web"]?.phase == .paused(reason: "web-3: exited with code 1"))
    }

    /// The one before it took web-1 for replaced, and web-1 runs by the old file.
    @Test func aNewHealerGivesItsTurnBackToOneThatIsNotReplaced() {
        var fleet = Fleet(web("v1"))
        fleet.apply(web("v2"))
        var next = successor(of: fleet, restoring: true, versions: ["v1", "v1", "v1"])
        #expect(
            next.acts(.configured(Dialogue.stack([web("v2")]))) == [.signal(InstanceID("web", 1), run: 2, 15)])
        #expect(next.engine.updates["web"]?.total == 3)
    }

    @Test func aNewHealerThatWasNotToldReplacesInTurnAllTheSame() {
        let fleet = Fleet(web("v1"))
        var next = successor(of: fleet, restoring: false)
        #expect(
            next.acts(.configured(Dialogue.stack([web("v2")]))) == [.signal(InstanceID("web", 1), run: 1, 15)])
    }
}
