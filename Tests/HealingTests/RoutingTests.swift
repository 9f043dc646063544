import Healing
import Stack
import Testing

@Suite struct RoutingTests {
    @Test func aNativeCheckMustPassBeforeTrafficComes() {
        var talk = Dialogue(.named("web", check: .native()))
        #expect(talk.engine.routing(of: "web") == .held)
        talk.tell(.started(one("web"), run: 1, pid: 7))
        #expect(talk.engine.routing(of: "web") == .held)
        #expect(
            talk.tell(.probed(one("web"), run: 1, .passed(took: .zero))) == [
                .route(service: "web", .open([one("web")]))
            ])
    }

    @Test func theOtherInstancesGoOnServing() {
        var talk = Dialogue(.named("web", replicas: 2))
        for number in 1...2 { talk.tell(.started(InstanceID("web", number), run: 1, pid: 7)) }
        let answer = talk.tell(.exited(one("web"), run: 1, Exit(.code(1))))
        #expect(answer.contains(.route(service: "web", .open([InstanceID("web", 2)]))))
    }

    @Test func aHungInstanceGetsNoTrafficWhileItIsRepaired() {
        var talk = Dialogue(.named("web", check: .exec(interval: .seconds(1), retries: 1)))
        talk.tell(.started(one("web"), run: 1, pid: 7))
        talk.pass(.seconds(1))
        let answer = talk.tell(.probed(one("web"), run: 1, .failed("no")))
        #expect(answer.contains(.route(service: "web", .held)))
    }

    @Test func refusalsSayWhy() {
        var talk = Dialogue(.named("job", restart: RestartPolicy(condition: .no)))
        talk.tell(.started(one("job"), run: 1, pid: 7))
        talk.tell(.exited(one("job"), run: 1, Exit(.code(2))))
        #expect(talk.engine.routing(of: "job") == .refused("job has failed: exited with code 2"))
        #expect(talk.engine.routing(of: "nobody") == .refused("nobody is not part of the stack"))
    }
}
