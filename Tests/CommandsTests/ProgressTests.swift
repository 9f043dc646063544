import Control
import Stack
import Testing

@testable import Commands

@Suite struct ProgressTests {
    private func line(_ service: ServiceStatus) -> ServiceProgress? {
        ServiceProgress.lines(
            of: Samples.status(["web": service]), services: ["web"], began: Samples.began
        ).first
    }

    @Test(arguments: [
        (Samples.instance("web-1", .pending), "waiting its turn", ServiceProgress.Mark.waiting),
        (
            Samples.instance("web-1", .waiting, waitingOn: "waiting for db to be healthy: db is starting: refused"),
            "waiting on db (starting)", .waiting
        ),
        (Samples.instance("web-1", .starting), "starting", .working),
        (Samples.instance("web-1", .running, .starting, pid: 7), "starting", .working),
        (
            Samples.instance("web-1", .running, .healthy, started: Samples.after, readyAfter: 1.234),
            "healthy in 1.2 s", .well
        ),
        (
            Samples.instance("web-1", .running, .none, started: Samples.after, readyAfter: 0.0123),
            "running in 12 ms", .well
        ),
        (
            Samples.instance("web-1", .running, .healthy, started: Samples.before, readyAfter: 1),
            "already healthy", .well
        ),
        (Samples.instance("web-1", .running, .unhealthy, error: "refused"), "unhealthy: refused", .unwell),
        (
            Samples.instance("web-1", .running, .unhealthy, error: "refused", waitingOn: "db is down"),
            "waiting on db (down)", .waiting
        ),
        (
            Samples.instance("web-1", .backoff, error: "exited with code 3"),
            "failed: exited with code 3; to be started again", .unwell
        ),
        (Samples.instance("web-1", .quarantined, error: "one\ntwo"), "quarantined: one", .unwell),
        (Samples.instance("web-1", .failed), "failed: no reason is known", .unwell),
        (Samples.instance("web-1", .stopped), "stopped", .resting),
        (Samples.instance("web-1", .completed), "completed", .well),
    ])
    func aServiceIsDescribed(instance: InstanceStatus, text: String, mark: ServiceProgress.Mark) {
        #expect(line(Samples.service(instance)) == ServiceProgress(service: "web", mark: mark, text: text))
    }

    @Test func severalInstancesAreCounted() {
        let service = Samples.service(
            Samples.instance("web-1", .starting), Samples.instance("web-2", .running, .healthy))
        #expect(line(service)?.text == "starting (1 of 2)")
    }

    @Test func aServiceThatHaleDoesNotKnowYetWaits() {
        let lines = ServiceProgress.lines(of: Samples.status([:]), services: ["web"], began: Samples.began)
        #expect(lines.map(\.text) == ["waiting"])
    }

    @Test(
        arguments: [
            (nil, "waiting"),
            ("db is unhealthy", "waiting on db (unhealthy)"),
            ("waiting for migrate to complete", "waiting on migrate (to complete)"),
            ("waiting for db to be healthy: db is quarantined: exited", "waiting on db (quarantined)"),
            ("a restart slot", "waiting on a restart slot"),
            ("in maintenance", "waiting: in maintenance"),
        ] as [(String?, String)])
    func whatIsWaitedForIsShort(sentence: String?, phrase: String) {
        #expect(WaitingText.phrase(sentence) == phrase)
    }

    @Test func elsewhereOnlyChangesAreShown() {
        let first = [
            ServiceProgress(service: "db", mark: .working, text: "starting"),
            ServiceProgress(service: "cache", mark: .waiting, text: "waiting on db"),
        ]
        var second = first
        second[0].text = "healthy in 1.0 s"
        #expect(
            ProgressText.changes(from: [], to: first, style: .plain) == ["db     starting", "cache  waiting on db"])
        #expect(ProgressText.changes(from: first, to: second, style: .plain) == ["db     healthy in 1.0 s"])
        #expect(ProgressText.changes(from: second, to: second, style: .plain).isEmpty)
    }

    @Test(arguments: [10, 20, 40, 80])
    func noLiveLineIsWiderThanTheTerminal(columns: Int) {
        let lines = [
            ServiceProgress(
                service: "a-service-with-a-name", mark: .unwell, text: String(repeating: "very long ", count: 30))
        ]
        let shown = ProgressText.live(lines, heading: "shop: 0 of 1, 3.0 s", columns: columns, style: .plain)
        #expect(shown.count == 2)
        #expect(shown[0].count <= columns)
        if columns >= 40 { #expect(shown[1].count <= columns) }
    }

    @Test(arguments: [
        (0.0004, "1 ms"), (0.34, "340 ms"), (1.24, "1.2 s"), (59.94, "59.9 s"), (75, "1 minute"), (7_300, "2 hours"),
    ])
    func spansOfTime(seconds: Double, text: String) {
        #expect(TimeText.took(seconds) == text)
    }
}
