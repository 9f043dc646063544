import Stack
import Testing

@Suite struct ChangePlanTests {
    private static func service(_ name: String, _ change: (inout Service) -> Void = { _ in }) -> Service {
        var service = Service(name: name, launch: LaunchSpecification(command: [name]))
        change(&service)
        return service
    }

    private static func plan(
        _ old: [Service]?, _ new: [Service], set: Set<String> = [], down: Set<String> = [],
        revived: [String: String] = [:]
    ) -> [PlannedChange] {
        func stack(_ services: [Service]) -> Stack { Stack(name: "shop", directory: "/", services: services) }
        let places = (old ?? []).filter { !down.contains($0.name) }.map {
            (
                $0.name,
                ChangePlan.Place(live: set.contains($0.name) ? 0 : $0.replicas, isSetAside: set.contains($0.name))
            )
        }
        return ChangePlan(
            from: old.map(stack), to: stack(new), places: Dictionary(places) { first, _ in first }, revived: revived
        ).changes
    }

    @Test func nothingChangesNothing() {
        #expect(Self.plan([Self.service("a")], [Self.service("a")]).isEmpty)
    }

    @Test func whatIsNewIsStartedAndWhatIsGoneIsStopped() {
        #expect(
            Self.plan([Self.service("a"), Self.service("b")], [Self.service("b"), Self.service("c")]) == [
                PlannedChange("a", .stop, "it is no longer part of the stack"), PlannedChange("c", .start, "it is new"),
            ])
        #expect(Self.plan(nil, [Self.service("a")]) == [PlannedChange("a", .start, "it is new")])
        #expect(
            Self.plan([Self.service("a")], [Self.service("a")], down: ["a"])
                == [PlannedChange("a", .start, "nothing runs of it")])
    }

    @Test(arguments: [
        (1, UpdatePolicy(), "changed: command"),
        (1, UpdatePolicy(order: .startFirst), "changed: command; rolling update of a: 1 instance, start-first"),
        (3, UpdatePolicy(), "changed: command; rolling update of a: 3 instances, one at a time, stop-first"),
        (
            3, UpdatePolicy(parallelism: 2),
            "changed: command; rolling update of a: 3 instances, 2 at a time, stop-first"
        ),
        (
            3, UpdatePolicy(parallelism: 0),
            "changed: command; rolling update of a: 3 instances, all at once, stop-first"
        ),
    ])
    func severalInstancesAreReplacedInTurn(replicas: Int, update: UpdatePolicy, reason: String) {
        func version(_ command: String) -> Service {
            Self.service("a") {
                $0.replicas = replicas
                $0.launch.command = [command]
                $0.update = update
            }
        }
        #expect(Self.plan([version("old")], [version("new")]) == [PlannedChange("a", .replace, reason)])
    }

    @Test func changedKeysAreNamedWithoutTheirValues() {
        let new = Self.service("a") {
            $0.launch.environment = ["PASSWORD": "secret"]
            $0.launch.command = ["a", "--more"]
            $0.check = HealthCheck(probe: .command(["true"]))
            $0.hold = .seconds(1)
        }
        #expect(
            Self.plan([Self.service("a")], [new]) == [
                PlannedChange("a", .replace, "changed: command, environment (PASSWORD)"),
                PlannedChange("a", .reconfigure, "changed: healthcheck, x-hale.hold"),
            ])
    }

    @Test func scale() {
        let three = Self.service("a") { $0.replicas = 3 }
        let none = Self.service("a") { $0.replicas = 0 }
        #expect(Self.plan([Self.service("a")], [three]) == [PlannedChange("a", .scale, "scale: 1 to 3")])
        #expect(Self.plan([three], [none]) == [PlannedChange("a", .stop, "scale: 3 to 0")])
    }

    @Test func whatWasStoppedByHandStaysSoUnlessItIsRevived() {
        let new = Self.service("a") { $0.launch.user = "nobody" }
        let old = [Self.service("a")]
        #expect(
            Self.plan(old, [new], set: ["a"])
                == [PlannedChange("a", .reconfigure, "changed: user; takes effect once it runs again")])
        #expect(
            Self.plan(old, [new], set: ["a"], revived: ["a": "it was stopped"])
                == [PlannedChange("a", .start, "changed: user")])
        #expect(
            Self.plan(old, old, set: ["a"], revived: ["a": "it was stopped"])
                == [PlannedChange("a", .start, "it was stopped")])
    }
}
