import Healing
import Stack
import Testing

@Suite struct StandingOrderTests {
    private static func running(_ services: Service..., concurrency: Int = 4) -> Dialogue {
        var talk = Dialogue()
        talk.tell(.configured(Dialogue.stack(services, concurrency: concurrency)))
        for service in services { talk.tell(.started(one(service.name), run: 1, pid: 11)) }
        return talk
    }

    private func end(_ status: Exit.Status = .signal(9), next: Int = 2) -> Exit {
        Exit(status, successor: Exit.Successor(run: next, pid: 99))
    }

    @Test func aCertainRestartIsOrderedBeforehand() {
        var talk = Dialogue()
        #expect(talk.orders(.configured(Dialogue.stack([.named("web")]))) == [.allowStandingOrder(true)])
        #expect(
            talk.orders(.started(one("web"), run: 1, pid: 11)) == [
                .standingOrder(one("web"), run: 1, next: 2, onlyAfterFailure: false)
            ])
    }

    @Test func onFailureMeansNotAfterSuccess() {
        var talk = Dialogue()
        talk.tell(.configured(Dialogue.stack([.named("web", restart: RestartPolicy(condition: .onFailure))])))
        #expect(
            talk.orders(.started(one("web"), run: 1, pid: 11)) == [
                .standingOrder(one("web"), run: 1, next: 2, onlyAfterFailure: true)
            ])
    }

    @Test(arguments: [
        Service.named("app", needs: [Dependency("db", condition: .started)]),
        .named("app", restart: RestartPolicy(condition: .no)),
        .named("app", restart: RestartPolicy(condition: .always, delay: .seconds(1))),
        .named("app", restart: RestartPolicy(condition: .always, budget: 0)),
        .named("app", restart: RestartPolicy(condition: .always, maximumAttempts: 0)),
    ])
    func nothingIsOrderedWhereTheAnswerMayBeAnother(app: Service) {
        var talk = Dialogue()
        talk.tell(.configured(Dialogue.stack([.named("db"), app])))
        talk.tell(.started(one("db"), run: 1, pid: 11))
        #expect(talk.orders(.started(one("app"), run: 1, pid: 12)).isEmpty)
    }

    @Test func theSuccessorIsTakenOverAndCounted() {
        var talk = Self.running(.named("web"))
        let effects = talk.engine.handle(.exited(one("web"), run: 1, end()), at: talk.now)
        #expect(effects.acts.isEmpty)
        // The next restart would not be at once any more, and the slot is taken until this one is well.
        #expect(effects.filter(\.isOrder) == [.allowStandingOrder(true)])
        let report = talk.report("web")
        #expect(report?.run == 2 && report?.pid == 99 && report?.restarts == 1 && report?.exitCode == 137)
        #expect(report?.state == .running && report?.lastError == "ended by SIGKILL")
    }

    @Test func theBudgetCountsSuccessors() {
        let policy = RestartPolicy(condition: .always, backoff: .zero, budget: 2)
        var talk = Self.running(.named("web", restart: policy))
        #expect(
            talk.orders(.exited(one("web"), run: 1, end())).contains(
                .standingOrder(one("web"), run: 2, next: 3, onlyAfterFailure: false)))
        #expect(!talk.orders(.exited(one("web"), run: 2, end(next: 3))).contains { $0.isStandingOrder })
        talk.tell(.exited(one("web"), run: 3, Exit(.code(1))))
        #expect(talk.state("web") == .quarantined)
    }

    @Test func aStopRevokesTheOrderBeforeItSignals() {
        var talk = Self.running(.named("web"))
        let effects = talk.engine.handle(.asked(.stop(service: "web", grace: nil)), at: talk.now)
        #expect(
            effects.filter { $0.isAct || $0.isOrder } == [
                .revokeStandingOrder(one("web"), run: 1), .signal(one("web"), run: 1, 15),
            ])
    }

    @Test func aSuccessorThatCameBeforeTheRevocationIsStoppedToo() {
        var talk = Self.running(.named("web"))
        talk.tell(.asked(.stop(service: "web", grace: nil)))
        #expect(talk.acts(.exited(one("web"), run: 1, end())) == [.signal(one("web"), run: 2, 15)])
        talk.tell(.exited(one("web"), run: 2, Exit(.signal(15))))
        #expect(talk.state("web") == .stopped)
    }

    @Test(arguments: [Request.pause(service: "web"), .maintenance(service: "web", for: .seconds(60))])
    func whatNobodyMayTouchIsNotRestartedByOrder(request: Request) {
        var talk = Self.running(.named("web"))
        #expect(talk.orders(.asked(request)) == [.revokeStandingOrder(one("web"), run: 1)])
    }

    @Test func aRestartThatNeedsTheSlotWaitsUntilNoOrderCanTakeIt() {
        let app = Service.named("app", restart: RestartPolicy(condition: .always, delay: .zero))
        var talk = Self.running(.named("db"), app, concurrency: 1)
        let effects = talk.engine.handle(.exited(one("app"), run: 1, Exit(.code(1))), at: talk.now)
        #expect(effects.acts.isEmpty)
        #expect(effects.contains(.allowStandingOrder(false)))
        #expect(talk.acts(.standingOrdersWithdrawn) == [.start(one("app"), run: 2)])
    }

    @Test func anEndThatAnEarlierHealerHadCountedIsNotCountedAgain() {
        let web = Service.named("web")
        var former = Self.running(web)
        former.tell(.exited(one("web"), run: 1, end()))
        var talk = Dialogue()
        talk.engine.restore(histories: Array(former.engine.histories.values))
        talk.tell(.adopted(one("web"), AdoptedProcess(pid: 99, run: 2, startedAt: talk.now, launch: web.launch)))
        talk.tell(.exited(one("web"), run: 1, end()))
        talk.tell(.configured(Dialogue.stack([web])))
        #expect(talk.report("web")?.pid == 99 && talk.report("web")?.restarts == 1)
    }

    @Test func anEndToldOfAfterTheSuccessorWasFoundIsCountedOnce() {
        var talk = Dialogue()
        let web = Service.named("web")
        for (run, pid) in [(1, Int32(11)), (2, 99)] {
            talk.tell(
                .adopted(one("web"), AdoptedProcess(pid: pid, run: run, startedAt: talk.now, launch: web.launch)))
        }
        talk.tell(.exited(one("web"), run: 1, end()))
        talk.tell(.configured(Dialogue.stack([web])))
        #expect(talk.report("web")?.pid == 99 && talk.report("web")?.restarts == 1)
        #expect(talk.report("web")?.exitCode == 137)
    }
}

extension Effect {
    fileprivate var isStandingOrder: Bool {
        if case .standingOrder = self { true } else { false }
    }
}
