import Compose
import Control
import Stack
import TestFolders
import Testing
import Wire

@testable import Commands

@Suite struct TaskWordsTests {
    private static let plain = ComposeValue.map([
        "entrypoint": .list([.string("/start")]), "command": .list([.string("serve"), .integer(80)]),
    ])
    private static let withRun = ComposeValue.map([
        "entrypoint": .list([.string("/start")]), "x-hale": .map(["run": .string("server -v")]),
    ])

    private func words(_ model: ComposeValue, _ entrypoint: [String]?, _ command: [String]) -> TaskWords {
        TaskWords(model: model, own: ["own"], entrypoint: entrypoint, command: command)
    }

    @Test func withoutWordsItIsTheServicesOwnCommand() {
        let task = words(Self.plain, nil, [])
        #expect(task.isOwn)
        #expect(task.words == ["own"])
    }

    @Test func aCommandKeepsTheEntrypoint() {
        let task = words(Self.plain, nil, ["migrate", "--all"])
        #expect(!task.isOwn)
        #expect(task.words == ["/start", "migrate", "--all"])
    }

    @Test func aCommandReplacesAllOfRun() {
        #expect(words(Self.withRun, nil, ["migrate"]).words == ["migrate"])
    }

    @Test func anEntrypointKeepsTheCommandOfTheFile() {
        #expect(words(Self.plain, ["sh", "-x"], []).words == ["sh", "-x", "serve", "80"])
        #expect(words(Self.plain, ["sh"], ["-c", "true"]).words == ["sh", "-c", "true"])
        #expect(words(Self.withRun, ["sh"], []).words == ["sh"])
    }
}

@Suite struct ConditionsTests {
    private let stack = Samples.stack(["db": ["disk"], "disk": []])

    private func verdict(
        _ condition: Dependency.Condition, _ services: [String: ServiceStatus]
    ) -> Settling.Verdict {
        Conditions(dependencies: [Dependency("db", condition: condition)], stack: stack)
            .verdict(of: Samples.status(services))
    }

    @Test func startedIsToHaveAProcess() {
        #expect(verdict(.started, ["db": Samples.service(Samples.instance("db-1", .starting))]) == .underway)
        #expect(verdict(.started, ["db": Samples.service(Samples.instance("db-1", .starting, pid: 7))]) == .reached)
        #expect(verdict(.started, [:]) == .underway)
    }

    @Test func healthyIsToHavePassedAProbe() {
        func db(_ health: Health) -> [String: ServiceStatus] {
            ["db": Samples.service(Samples.instance("db-1", .running, health, pid: 7))]
        }
        #expect(verdict(.healthy, db(.starting)) == .underway)
        #expect(verdict(.healthy, db(.unhealthy)) == .underway)
        #expect(verdict(.healthy, db(.healthy)) == .reached)
    }

    @Test func completedIsToHaveEndedWell() {
        #expect(
            verdict(.completedSuccessfully, ["db": Samples.service(Samples.instance("db-1", .running))]) == .underway)
        #expect(
            verdict(.completedSuccessfully, ["db": Samples.service(Samples.instance("db-1", .completed))]) == .reached)
    }

    @Test func whatFailedIsNotWaitedFor() {
        let failed = Samples.service(Samples.instance("db-1", .failed, exitCode: 1))
        #expect(verdict(.healthy, ["db": failed]) == .failed(["db"]))
    }

    @Test func whatNeedsSomethingThatFailedIsNotWaitedFor() {
        let waiting = Samples.service(Samples.instance("db-1", .waiting))
        let failed = Samples.service(Samples.instance("disk-1", .quarantined))
        #expect(verdict(.healthy, ["db": waiting, "disk": failed]) == .failed(["disk"]))
    }
}

@Suite struct EndingsTests {
    @Test func theOneThatEndedLastComesLast() {
        let status = Samples.status([
            "late": Samples.service(Samples.instance("late-1", .failed, since: Samples.after, exitCode: 3)),
            "soon": Samples.service(Samples.instance("soon-1", .completed, since: Samples.before, exitCode: 0)),
        ])
        let endings = Endings(status, services: ["late", "soon"])
        #expect(endings.areComplete)
        #expect(endings.all == [.init(name: "soon-1", code: 0), .init(name: "late-1", code: 3)])
    }

    @Test(arguments: [Lifecycle.running, .backoff, .quarantined, .waiting, .paused])
    func whatMayRunAgainHasNotEnded(state: Lifecycle) {
        let status = Samples.status(["web": Samples.service(Samples.instance("web-1", state, exitCode: 1))])
        let endings = Endings(status, services: ["web"])
        #expect(!endings.areComplete)
        #expect(endings.all.isEmpty)
    }

    @Test func whatNeverRanHasNoCodeOfItsOwn() {
        let status = Samples.status(["web": Samples.service(Samples.instance("web-1", .failed))])
        #expect(Endings(status, services: ["web"]).all == [.init(name: "web-1", code: 125)])
    }
}

@Suite struct InstanceTargetTests {
    private let status = Samples.status([
        "web": Samples.service(Samples.instance("web-1", .backoff), Samples.instance("web-2", .running, pid: 9))
    ])

    private func target(_ index: String?) throws -> InstanceTarget {
        var arguments = ParsedArguments()
        if let index { arguments.add(index, to: InstanceTarget.index) }
        return try InstanceTarget(service: "web", arguments)
    }

    @Test func theFirstThatRunsIsMeant() throws {
        #expect(try target(nil).find(in: status).id == InstanceID("web", 2))
    }

    @Test func anIndexNamesOneThatMustRun() throws {
        #expect(try target("2").find(in: status).status.pid == 9)
        #expect(
            performing: { try target("1").find(in: status) },
            throws: { "\($0)" == "'web-1' is not running (backoff); 'hale start' runs it" })
        #expect(
            performing: { try target("3").find(in: status) },
            throws: { "\($0)" == "'web' has no instance 3, only 2" })
    }
}

@Suite struct TaskOrderTests {
    @Test func whatIsWrittenIsRead() throws {
        let service = Service(name: "db", launch: LaunchSpecification(command: ["x"], volumes: ["data"]))
        let request = SpawnRequest(
            process: ProcessID(.service, InstanceID("t", 1), run: 0), arguments: ["a", "b"], environment: ["S=secret"],
            workingDirectory: "/", output: .capture(limit: 1))
        var order = TaskOrder(name: "t", service: service, request: request.encoded(), isOwnCommand: true)
        order.log = "/logs/t-1.log"
        let folder = TemporaryFolder()
        try order.write(folder.path + "/order.json")
        let read = try TaskOrder.read(folder.path + "/order.json")
        #expect(SpawnRequest(decoding: read.request) == request)
        #expect(read.service == service)
        #expect(read.isOwnCommand && read.log == order.log && read.instance == InstanceID("t", 1))
        #expect(try folder.mode(of: "order.json") == 0o600)
    }

    @Test func namesAreComposesAndNew() {
        let names = Set((0..<50).map { _ in TaskFolder.newName("web", kind: "run") })
        #expect(names.count == 50)
        #expect(names.allSatisfy { $0.hasPrefix("web-run-") && $0.count == 20 })
    }
}
