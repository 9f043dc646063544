import Stack
import Testing

@testable import Compose

struct AlertLoweringTests {
    private func policy(_ alerts: String, environment: [String: String] = [:]) throws -> AlertPolicy? {
        try load(text(alerts), environment: environment).stack().alerts
    }

    private func text(_ alerts: String) -> String {
        "x-hale:\n  alerts: \(alerts)\nservices: {db: {image: x}, web: {image: x}}"
    }

    private func complaint(_ alerts: String) -> String {
        do {
            _ = try policy(alerts)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func nothingSaidIsNobodyTold() throws {
        #expect(try load("services: {db: {image: x}}").stack().alerts == nil)
    }

    @Test func everyChannelIsRead() throws {
        let read = try policy(
            """
            {channels: {
              a: {alertmanager: {url: "http://am:9093/", user: u, password: p}},
              b: {webhook: {url: "https://w", method: put, headers: {X-Key: k}, body: "{{title}}", content_type: text/plain}},
              c: {slack: {url: "${SLACK}"}}, d: {discord: {url: {file: /run/d}}}, e: {teams: {url: "https://t"}},
              f: {pagerduty: {routing_key: r}}, g: {opsgenie: {api_key: k}, timeout: 3s, ca: /ca.pem},
              h: {ntfy: {topic: t, token: x}},
              i: {email: {server: "mail:2525", from: h@x, to: [a@x, b@x], tls: off, user: u, password: p}},
              j: {apprise: {url: "http://a/notify", urls: "json://x", tag: ops}}, k: {command: "/bin/page --now 'a b'"}}}
            """, environment: ["SLACK": "https://s/1"])
        let channels = try #require(read).channels
        #expect(channels.map(\.name).sorted() == ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"])
        func kind(_ name: String) -> AlertChannel.Kind? { read?.channel(name)?.kind }
        #expect(kind("a") == .alertmanager(.init(url: "http://am:9093", user: "u", password: .text("p"))))
        #expect(
            kind("b")
                == .webhook(
                    WebhookChannel(
                        url: .text("https://w"), method: "PUT", headers: ["X-Key": .text("k")], body: "{{title}}",
                        contentType: "text/plain")))
        #expect(kind("c") == .slack(url: .text("https://s/1")))
        #expect(kind("d") == .discord(url: .file("/run/d")))
        #expect(kind("f") == .pagerduty(routingKey: .text("r"), url: "https://events.pagerduty.com/v2/enqueue"))
        #expect(kind("g") == .opsgenie(key: .text("k"), url: "https://api.opsgenie.com"))
        #expect(read?.channel("g")?.timeout == .seconds(3) && read?.channel("g")?.authority == "/ca.pem")
        #expect(kind("h") == .ntfy(url: "https://ntfy.sh", topic: "t", token: .text("x")))
        #expect(
            kind("i")
                == .email(
                    MailChannel(
                        host: "mail", port: 2525, encryption: .off, from: "h@x", to: ["a@x", "b@x"], user: "u",
                        password: .text("p"))))
        #expect(kind("j") == .apprise(url: .text("http://a/notify"), targets: .text("json://x"), tag: "ops"))
        #expect(kind("k") == .command(["/bin/page", "--now", "a b"]))
    }

    @Test func routesAndTimesAreRead() throws {
        let read = try policy(
            """
            {channels: {a: {command: x}, b: {command: y}}, group_wait: 30s, group_interval: 1m, repeat: off,
             routes: [{services: [db], severity: critical, to: [a, b], continue: true}, {to: a}],
             quiet_hours: {from: "22:00", to: "7:05", days: [mon, sun], time_zone: Europe/Berlin, severity: warning},
             escalation: [{after: 1h, to: b}, {after: 15m, to: a, severity: critical}]}
            """)
        let policy = try #require(read)
        #expect(
            policy.groupWait == .seconds(30) && policy.groupInterval == .seconds(60) && policy.repeatInterval == nil)
        #expect(
            policy.routes == [
                AlertRoute(severity: .critical, services: ["db"], to: ["a", "b"], goesOn: true), AlertRoute(to: ["a"]),
            ])
        #expect(
            policy.quietHours
                == QuietHours(from: 1_320, to: 425, days: [1, 7], timeZone: "Europe/Berlin", severity: .warning))
        #expect(policy.escalation.map(\.after) == [.seconds(900), .seconds(3_600)])
    }

    @Test(arguments: [
        ("{channels: {}}", "at least one"),
        ("{chanels: {a: {command: x}}}", "did you mean 'channels'?"),
        ("{channels: {a: {slak: {url: x}}}}", "did you mean 'slack'?"),
        ("{channels: {a: {slack: {url: x}, teams: {url: x}}}}", "expected exactly one of"),
        ("{channels: {a: {slack: {url: ftp://x}}}}", "expected a URL that begins with https://"),
        ("{channels: {a: {slack: {url: \"\"}}}}", "is a variable not set?"),
        ("{channels: {a: {slack: {}}}}", "'url' is missing"),
        ("{channels: {a: {email: {server: m, from: x, to: a@b}}}}", "expected an address such as"),
        ("{channels: {a: {email: {server: m, from: a@b, to: a@b, tls: startls}}}}", "did you mean 'starttls'?"),
        ("{channels: {a: {webhook: {url: 'http://x', body: '{{titel}}'}}}}", "did you mean 'title'?"),
        ("{channels: {a: {webhook: {url: 'http://x', method: GET}}}}", "expected one of POST, PUT, PATCH"),
        ("{channels: {a: {command: []}}}", "expected a program"),
        ("{channels: {chat: {command: x}}, routes: [{to: chut}]}", "did you mean 'chat'?"),
        ("{channels: {chat: {command: x}}, routes: [{to: chat, services: [wed]}]}", "did you mean 'web'?"),
        ("{channels: {chat: {command: x}}, routes: [{severity: worst, to: chat}]}", "expected one of info, warning"),
        ("{channels: {chat: {command: x}}, routes: [{}]}", "'to' is missing"),
        ("{channels: {chat: {command: x}}, escalation: [{to: chat}]}", "'after' is missing"),
        ("{channels: {chat: {command: x}}, quiet_hours: {from: 22, to: 7}}", "expected a time between quotes"),
        (
            "{channels: {chat: {command: x}}, quiet_hours: {from: '22:00', to: '7:00', days: [mo]}}",
            "expected one of mon"
        ),
        (
            "{channels: {chat: {command: x}}, quiet_hours: {from: '22:00', to: '7:00', time_zone: ../x}}",
            "such as Europe/Berlin"
        ),
        ("{channels: {chat: {command: x}}, repeat: 1s}", "must be at least 1m, or off"),
    ])
    func whatIsWrongIsSaidWithItsPlace(alerts: String, expected: String) {
        let said = complaint(alerts)
        #expect(said.contains(expected), "\(said)")
        #expect(said.contains("compose.yaml:"), "\(said)")
    }

    @Test func noSecretIsShown() throws {
        let project = try load(
            text(
                """
                {channels: {a: {slack: {url: "https://hooks/SECRET"}}, b: {pagerduty: {routing_key: SECRET, url: "http://p"}},
                  c: {webhook: {url: "https://SECRET", headers: {Authorization: SECRET}}},
                  d: {email: {server: m, from: a@b, to: a@b, user: me, password: SECRET}},
                  e: {discord: {url: {file: ./where}}}}}
                """))
        for format in [ComposeProject.Format.yaml, .json] {
            let shown = project.rendered(as: format)
            #expect(!shown.contains("SECRET"))
            #expect(
                shown.contains("***") && shown.contains("http://p") && shown.contains("./where") && shown.contains("me")
            )
        }
        let policy = try project.stack().alerts
        #expect(!"\(String(describing: policy))".contains("SECRET"))
        #expect(!String(reflecting: policy).contains("SECRET"))
    }

    @Test func aWrongSecretIsNotRepeated() {
        #expect(!complaint("{channels: {a: {slack: {url: PASSWORD}}}}").contains("PASSWORD"))
    }
}
