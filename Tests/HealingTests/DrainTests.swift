import Healing
import Stack
import Testing

/// Clients come first: who is to be stopped gets no new connections, and is signalled when the old ones have ended.
@Suite struct DrainTests {
    private func running(_ service: Service) -> Dialogue {
        var talk = Dialogue(service)
        for instance in service.instances { talk.tell(.started(instance, run: 1, pid: 7)) }
        talk.hasPoliteClients = false
        return talk
    }

    private let last = InstanceID("web", 2)

    @Test func itLeavesTheRoutingFirstAndIsSignalledOnceItIsDrained() {
        var talk = running(.named("web", replicas: 2))
        let answer = talk.tell(.configured(Dialogue.stack([.named("web", replicas: 1)])))
        #expect(answer == [.drain(last, run: 1), .route(service: "web", .open([one("web")]))])
        #expect(talk.acts(.drained(last, run: 1)) == [.signal(last, run: 1, 15)])
        #expect(talk.acts(.drained(last, run: 1)).isEmpty)
    }

    @Test func clientsHaveTenSecondsAndNoMoreThanTheGrace() {
        var talk = running(.named("web", replicas: 2, stop: StopPolicy(grace: .seconds(60))))
        talk.tell(.configured(Dialogue.stack([.named("web", replicas: 1, stop: StopPolicy(grace: .seconds(60)))])))
        #expect(talk.pass(.milliseconds(9_999)).effects.acts.isEmpty)
        #expect(talk.pass(.milliseconds(1)).effects.acts == [.signal(last, run: 1, 15)])
        talk = running(.named("web", replicas: 2, stop: StopPolicy(grace: .seconds(3))))
        talk.tell(.configured(Dialogue.stack([.named("web", replicas: 1, stop: StopPolicy(grace: .seconds(3)))])))
        #expect(talk.pass(.seconds(3)).effects.acts == [.signal(last, run: 1, 15)])
    }

    @Test func theGraceBeginsWhenItIsOver() {
        var talk = running(.named("web", replicas: 2, stop: StopPolicy(grace: .seconds(3))))
        talk.tell(.configured(Dialogue.stack([.named("web", replicas: 1, stop: StopPolicy(grace: .seconds(3)))])))
        talk.pass(.seconds(3))
        #expect(talk.pass(.milliseconds(2_999)).effects.acts.isEmpty)
        #expect(talk.pass(.milliseconds(1)).effects.acts == [.kill(last, run: 1)])
    }

    @Test func theFileSaysHowLong() {
        var talk = running(.named("web", replicas: 2, drain: .seconds(30)))
        talk.tell(.configured(Dialogue.stack([.named("web", replicas: 1, drain: .seconds(30))])))
        #expect(talk.pass(.milliseconds(29_999)).effects.acts.isEmpty)
        talk = running(.named("web", replicas: 2, drain: .zero))
        #expect(
            talk.acts(.configured(Dialogue.stack([.named("web", replicas: 1, drain: .zero)])))
                == [.signal(last, run: 1, 15)])
    }

    @Test func aSingleInstanceIsSignalledAtOnceAsNobodyElseCouldServe() {
        var talk = running(.named("web"))
        #expect(talk.acts(.asked(.restart(service: "web", grace: nil))) == [.signal(one("web"), run: 1, 15)])
    }

    @Test func stopAndRestartByHandDrainAsWell() {
        var talk = running(.named("web", replicas: 2))
        let drains: [Effect] = [.drain(one("web"), run: 1), .drain(last, run: 1)]
        #expect(talk.tell(.asked(.stop(service: "web", grace: nil))).filter(\.isDrain) == drains)
        talk = running(.named("web", replicas: 2))
        #expect(talk.tell(.asked(.restart(service: "web", grace: nil))).filter(\.isDrain) == drains)
    }

    @Test func whoIsInAHurryCutsItShort() {
        var talk = running(.named("web", replicas: 2))
        talk.tell(.asked(.stop(service: "web", grace: .seconds(1))))
        #expect(talk.pass(.seconds(1)).effects.acts.count == 2)
        talk = running(.named("web", replicas: 2))
        talk.tell(.asked(.stop(service: "web", grace: nil)))
        #expect(talk.acts(.asked(.shutDown(grace: nil))).count == 2)
    }

    @Test func hooksRunOnceItIsDrained() {
        let hooks = LifecycleHooks(preStop: [.init(command: ["bye"])])
        var talk = running(.named("web", replicas: 2, hooks: hooks))
        #expect(talk.acts(.asked(.stop(service: "web", grace: nil))).isEmpty)
        #expect(talk.acts(.drained(last, run: 1)) == [.runHooks(last, run: 1, .preStop)])
    }

    @Test func whatFailsIsNotDrained() {
        var talk = running(.named("web", replicas: 2, check: .exec(interval: .seconds(1), retries: 1)))
        talk.pass(.seconds(1))
        #expect(talk.acts(.probed(last, run: 1, .failed("no"))) == [.thaw(last, run: 1), .signal(last, run: 1, 15)])
    }
}
