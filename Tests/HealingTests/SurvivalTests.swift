import Healing
import Stack
import Testing

/// What counts against an instance does not depend on how often Hale itself was restarted.
@Suite struct SurvivalTests {
    private static let policy = RestartPolicy(condition: .always)

    private static func web(_ command: String = "web") -> Service {
        .named("web", restart: policy, command: command)
    }

    /// A new engine at the same instant, which is told what the one before wanted kept.
    private func successor(of talk: Dialogue, _ services: Service...) -> Dialogue {
        var next = Dialogue()
        next.now = talk.now
        next.engine.restore(wills: talk.engine.wills)
        next.engine.restore(memory: talk.engine.memory)
        next.engine.restore(pause: talk.engine.healingPause)
        next.engine.restore(histories: Array(talk.engine.histories.values))
        for report in talk.engine.report() {
            guard let pid = report.pid, let service = services.first(where: { $0.name == report.id.service }) else {
                continue
            }
            next.tell(
                .adopted(
                    report.id,
                    AdoptedProcess(pid: pid, run: report.run, startedAt: talk.now, launch: service.launch)))
        }
        return next
    }

    @Test func budgetIsSpentAcrossHealers() {
        var talk = Dialogue(Self.web())
        var restarts = 0
        while talk.state("web") != .quarantined, restarts < 20 {
            let run = talk.report("web")?.run ?? 0
            talk.tell(.started(one("web"), run: run, pid: 7))
            talk = successor(of: talk, Self.web())
            talk.tell(.exited(one("web"), run: run, Exit(.code(1))))
            talk.tell(.configured(Dialogue.stack([Self.web()])))
            talk.pass(.seconds(20))
            restarts += 1
        }
        #expect(talk.state("web") == .quarantined)
        #expect(restarts == Self.policy.budget + 1)
        #expect(talk.report("web")?.restarts == Self.policy.budget)
    }

    @Test func backoffGoesOnWhereItWas() {
        var talk = Dialogue(Self.web())
        for run in 1...3 {
            talk.tell(.started(one("web"), run: run, pid: 7))
            talk.tell(.exited(one("web"), run: run, Exit(.code(1))))
            if run < 3 { talk.pass(.seconds(2)) }
        }
        #expect(talk.state("web") == .backoff)
        let due = talk.report("web")?.nextActionAt
        var next = successor(of: talk, Self.web())
        #expect(next.acts(.configured(Dialogue.stack([Self.web()]))).isEmpty)
        #expect(next.report("web")?.nextActionAt == due)
        #expect(next.pass(.seconds(2)).effects.acts == [.start(one("web"), run: 4)])
    }

    @Test func anotherLaunchIsANewChance() {
        var talk = Dialogue(Self.web())
        for run in 1...3 {
            talk.tell(.started(one("web"), run: run, pid: 7))
            talk.tell(.exited(one("web"), run: run, Exit(.code(1))))
            if run < 3 { talk.pass(.seconds(2)) }
        }
        var next = successor(of: talk, Self.web("new"))
        #expect(next.acts(.configured(Dialogue.stack([Self.web("new")]))) == [.start(one("web"), run: 1)])
        #expect(next.engine.histories.isEmpty)
    }

    @Test func whatIsWellIsNotTouched() {
        var talk = Dialogue(Self.web())
        talk.tell(.started(one("web"), run: 1, pid: 7))
        var next = successor(of: talk, Self.web())
        let answer = next.tell(.configured(Dialogue.stack([Self.web()])))
        #expect(answer == [.route(service: "web", .open([one("web")]))])
    }

    @Test func historiesMoveWithTheClock() throws {
        var talk = Dialogue(Self.web())
        talk.wait(.seconds(1000))
        for run in 1...3 {
            talk.tell(.started(one("web"), run: run, pid: 7))
            talk.tell(.exited(one("web"), run: run, Exit(.code(1))))
            if run < 3 { talk.pass(.seconds(2)) }
        }
        let history = try #require(talk.engine.histories[one("web")])
        let moved = history.shifted(by: .seconds(-900))
        #expect(moved.nextStart == history.nextStart.map { $0 + .seconds(-900) })
        #expect(moved.shifted(by: .seconds(900)) == history)
    }

    @Test func endThatNobodyCouldWaitForIsSaid() {
        var talk = Dialogue(Self.web())
        talk.tell(.started(one("web"), run: 1, pid: 7))
        talk.tell(.exited(one("web"), run: 1, Exit(.unknown)))
        #expect(talk.report("web")?.lastError == "ended, and how is not known: its keeper had been replaced")
        #expect(talk.report("web")?.exitCode == nil)
    }
}
