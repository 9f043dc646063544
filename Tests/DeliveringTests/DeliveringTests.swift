import Foundation
@testable import Alerting
import Stack
import TestFolders
import Testing

@testable import Delivering

struct DeliveringTests {
    private func message() -> AlertMessage {
        AlertMessage(
            id: "shop-1-1", channel: "pager", stack: "shop", host: "h", createdAt: 1,
            items: [
                AlertMessage.Item(
                    id: 7, kind: .firing, service: "db", severity: .critical, cause: "ended by SIGKILL", startedAt: 1,
                    victims: [], victimCount: 0)
            ])
    }

    @Test func aCommandReadsTheDocumentAndTheVariables() throws {
        let folder = TemporaryFolder()
        let path = folder.path + "/said"
        let script = "read -r line; printf '%s|%s|%s' \"$HALE_ALERT_SERVICE\" \"$HALE_ALERT_KIND\" \"$line\" > \(path)"
        let channel = AlertChannel(name: "pager", kind: .command(["/bin/sh", "-c", script]))
        #expect(AlertDelivery.deliver(message(), to: channel) == .delivered)
        let said = try String(contentsOfFile: path, encoding: .utf8)
        #expect(said.hasPrefix("db|firing|{"))
        #expect(said.contains(#""cause":"ended by SIGKILL""#))
    }

    @Test func aCommandThatFailsSaysWhy() {
        let channel = AlertChannel(name: "pager", kind: .command(["/bin/sh", "-c", "echo no line; exit 3"]))
        guard case .failed(let problem, _) = AlertDelivery.deliver(message(), to: channel) else {
            Issue.record("it did not fail")
            return
        }
        #expect(problem.contains("no line"))
    }

    @Test func aCommandThatHangsEndsInTime() {
        let channel = AlertChannel(
            name: "pager", kind: .command(["/bin/sleep", "60"]), timeout: .milliseconds(100))
        guard case .failed = AlertDelivery.deliver(message(), to: channel) else {
            Issue.record("it did not fail")
            return
        }
    }

    @Test func aSecretThatCannotBeReadIsAFailure() {
        let channel = AlertChannel(name: "pager", kind: .slack(url: .file("/nonexistent/secret")))
        guard case .failed(let problem, _) = AlertDelivery.deliver(message(), to: channel) else {
            Issue.record("it did not fail")
            return
        }
        #expect(problem.contains("/nonexistent/secret"))
    }

    @Test func whatAServerRepeatsOfASecretIsMasked() {
        let channel = AlertChannel(name: "c", kind: .slack(url: .text("https://hooks/services/T0/SECRETPATH")))
        #expect(channel.masking("no /T0/SECRETPATH at https://hooks/services/T0/SECRETPATH") == "no /T0/*** at ***")
        let pager = AlertChannel(name: "c", kind: .pagerduty(routingKey: .text("R0UT1NGKEY"), url: "http://p"))
        #expect(pager.masking("status 400: R0UT1NGKEY is invalid") == "status 400: *** is invalid")
    }

    @Test func nobodyThereIsAFailureThatPasses() {
        // Port 9 of a loopback address that nobody uses.
        let channel = AlertChannel(name: "pager", kind: .slack(url: .text("http://127.97.53.1:9/")))
        #expect(AlertDelivery.deliver(message(), to: channel) == .failed("connection refused"))
    }
}
