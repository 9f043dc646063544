import Foundation
import Stack
import Testing

@testable import Alerting

/// Bodies against what each provider documents.
struct BodyTests {
    private static let begin: Int64 = LocalTimeTests.monday * 1_000_000_000

    static func item(_ kind: AlertMessage.Kind, cause: String = "ended by SIGKILL") -> AlertMessage.Item {
        AlertMessage.Item(
            id: 7, kind: kind, service: "postgres", severity: kind == .repaired ? .info : .critical, cause: cause,
            startedAt: begin, endedAt: kind.isOngoing ? nil : begin + 7_478_000_000,
            victims: (1...20).map { "agent-\($0)" }, victimCount: 174)
    }

    static func message(_ kind: AlertMessage.Kind, cause: String = "ended by SIGKILL") -> AlertMessage {
        AlertMessage(
            id: "shop-k1-3", channel: "c", stack: "shop", host: "box", createdAt: begin + 10_000_000_000,
            items: kind == .test ? [] : [item(kind, cause: cause)])
    }

    private func call(
        _ kind: AlertChannel.Kind, _ message: AlertMessage, late: Lateness? = nil
    ) throws -> AlertRequest.HTTPCall {
        let channel = AlertChannel(name: "c", kind: kind)
        guard case .http(let call)? = AlertRequest.requests(message, to: channel, late: late).first else {
            throw Problem(text: "no request")
        }
        return call
    }

    private struct Problem: Error { var text: String }

    private func json(_ call: AlertRequest.HTTPCall) throws -> JSONValue {
        #expect(call.headers["Content-Type"] == "application/json")
        return try JSONDecoder().decode(JSONValue.self, from: Data(call.body.utf8))
    }

    @Test func wordsSayWhatAPersonNeeds() {
        let firing = AlertText(message: Self.message(.firing))
        #expect(firing.title == "[CRITICAL] shop/postgres: ended by SIGKILL")
        #expect(
            firing.lines == [
                "postgres fails since 2026-03-02 00:00:00 UTC: ended by SIGKILL.",
                "Because of it 174 suffer: agent-1, agent-2, agent-3 and 171 more.",
                "What happened: hale -p shop incidents show 7. Look after it: hale -p shop alert ack 7",
            ])
        let recovered = AlertText(
            message: Self.message(.recovered),
            lateness: Lateness(createdAt: 0, now: 192_000_000_000, reason: "connection refused"))
        #expect(recovered.title == "[RECOVERED] shop/postgres: well again after 7.4s")
        #expect(
            recovered.lines.last
                == "This message is late by 3m12s: it could not be delivered before (connection refused).")
        #expect(
            AlertText(message: Self.message(.repaired)).title.hasPrefix(
                "[INFO] shop/postgres: repaired by itself in 7.4s"))
        #expect(AlertText(message: Self.message(.test)).title == "[TEST] shop: a test message of Hale's")
        #expect(Lateness(createdAt: 0, now: 30_000_000_000, reason: nil) == nil)
    }

    @Test func alertmanagerKnowsAnAlertByItsLabels() throws {
        let kind = AlertChannel.Kind.alertmanager(.init(url: "http://a:9093/", user: "u", password: .text("p")))
        let call = try call(kind, Self.message(.firing))
        #expect(call.url == "http://a:9093/api/v2/alerts" && call.user == "u" && call.password == "p")
        let firing = try #require(try json(call).items.first)
        #expect(firing.keys == ["annotations", "endsAt", "labels", "startsAt"])
        #expect(firing["labels"]?["alertname"]?.text == "HaleIncident")
        #expect(firing["startsAt"]?.text == "2026-03-02T00:00:00.000Z")
        #expect(firing["endsAt"]?.text == "2026-03-02T00:10:10.000Z")
        let over = try #require(try json(self.call(kind, Self.message(.recovered))).items.first)
        #expect(over["labels"] == firing["labels"])
        #expect(over["endsAt"]?.text == "2026-03-02T00:00:07.478Z")
    }

    @Test func anAlertThatChangedItsLabelsEndsUnderTheOldOnes() throws {
        var message = Self.message(.updated)
        message.items[0].former = .init(service: "web", severity: .warning)
        let alerts = try json(call(.alertmanager(.init(url: "http://a")), message)).items
        #expect(alerts.map { $0["labels"]?["service"]?.text } == ["postgres", "web"])
        #expect(alerts.last?["labels"]?["severity"]?.text == "warning")
        #expect(alerts.last?["endsAt"]?.text == "2026-03-02T00:00:10.000Z")
    }

    @Test func pagerDutyTriggersAndResolvesByOneKey() throws {
        let kind = AlertChannel.Kind.pagerduty(routingKey: .text("R0"), url: "http://p/v2/enqueue")
        let trigger = try json(call(kind, Self.message(.firing)))
        #expect(trigger["routing_key"]?.text == "R0" && trigger["event_action"]?.text == "trigger")
        let payload = try #require(trigger["payload"])
        #expect(payload["summary"]?.text == "shop/postgres: ended by SIGKILL")
        #expect(payload["source"]?.text == "box" && payload["severity"]?.text == "critical")
        #expect(payload["component"]?.text == "postgres")
        let resolve = try json(call(kind, Self.message(.recovered)))
        #expect(resolve.keys == ["dedup_key", "event_action", "routing_key"])
        #expect(resolve["dedup_key"] == trigger["dedup_key"] && resolve["event_action"]?.text == "resolve")
        let channel = AlertChannel(name: "c", kind: kind)
        #expect(AlertRequest.requests(Self.message(.test), to: channel).count == 2, "what a test opens it closes")
    }

    @Test func opsgenieCreatesAndClosesByAlias() throws {
        let kind = AlertChannel.Kind.opsgenie(key: .text("K"), url: "http://o")
        let create = try call(kind, Self.message(.firing))
        #expect(create.url == "http://o/v2/alerts" && create.headers["Authorization"] == "GenieKey K")
        let body = try json(create)
        #expect(body["alias"]?.text == "hale:box:shop:7" && body["priority"]?.text == "P1")
        let long = try json(call(kind, Self.message(.firing, cause: String(repeating: "x", count: 9_000))))
        #expect(long["message"]?.text?.count == 130)
        let close = try call(kind, Self.message(.recovered))
        #expect(close.url == "http://o/v2/alerts/hale%3Abox%3Ashop%3A7/close?identifierType=alias")
    }

    @Test func slackIsGivenBlocksInWhichNothingIsMarkup() throws {
        let body = try json(call(.slack(url: .text("http://s")), Self.message(.firing, cause: "<!channel> & more")))
        let blocks = try #require(body["blocks"]).items
        #expect(blocks.map { $0["type"]?.text } == ["header", "section"])
        #expect(blocks[0]["text"]?["type"]?.text == "plain_text" && blocks[1]["text"]?["type"]?.text == "mrkdwn")
        #expect(blocks[1]["text"]?["text"]?.text?.contains("&lt;!channel&gt; &amp; more") == true)
        let long = try json(
            call(.slack(url: .text("http://s")), Self.message(.firing, cause: String(repeating: "<", count: 9_000))))
        #expect((long["blocks"]?.items[0]["text"]?["text"]?.text?.count ?? 0) <= 150)
        #expect((long["blocks"]?.items[1]["text"]?["text"]?.text?.count ?? 0) <= 3_000)
    }

    @Test func discordCallsNobody() throws {
        let body = try json(call(.discord(url: .text("http://d")), Self.message(.firing, cause: "@everyone")))
        #expect(body["allowed_mentions"]?["parse"]?.items == [])
        let embed = try #require(body["embeds"]?.items.first)
        #expect(embed["color"]?.integer == 0xD32F2F && embed["timestamp"]?.text == "2026-03-02T00:00:00.000Z")
    }

    @Test func teamsIsGivenAnAdaptiveCard() throws {
        let body = try json(call(.teams(url: .text("http://t")), Self.message(.firing)))
        #expect(body["type"]?.text == "message")
        let attachment = try #require(body["attachments"]?.items.first)
        #expect(attachment["contentType"]?.text == "application/vnd.microsoft.card.adaptive")
        #expect(attachment["content"]?["type"]?.text == "AdaptiveCard")
        #expect(attachment["content"]?["body"]?.items.allSatisfy { $0["type"]?.text == "TextBlock" } == true)
    }

    @Test func ntfyAndAppriseSayHowBadItIs() throws {
        let ntfy = try call(.ntfy(url: "http://n", topic: "ops", token: .text("tk")), Self.message(.firing))
        #expect(ntfy.headers["Authorization"] == "Bearer tk")
        #expect(try json(ntfy)["topic"]?.text == "ops")
        #expect(try json(ntfy)["priority"]?.integer == 5)
        let apprise = AlertChannel.Kind.apprise(url: .text("http://a/notify"), targets: .text("json://x"), tag: "ops")
        #expect(try json(call(apprise, Self.message(.firing)))["type"]?.text == "failure")
        let over = try json(call(apprise, Self.message(.recovered)))
        #expect(over["type"]?.text == "success" && over["urls"]?.text == "json://x" && over["tag"]?.text == "ops")
    }

    @Test func aTemplateIsFilledInAsItsTypeWantsIt() throws {
        var webhook = WebhookChannel(url: .text("http://w"), method: "PUT", headers: ["X-Key": .text("k")])
        webhook.body = #"{"t": "{{ title }}", "n": {{duration}}, "late": {{late}}}"#
        let call = try call(.webhook(webhook), Self.message(.recovered, cause: "say \"no\"\n"))
        #expect(call.method == "PUT" && call.headers["X-Key"] == "k")
        #expect(try json(call)["n"] == .number(7.478))
        webhook.body = "cause={{cause}}&braces={{"
        webhook.contentType = "application/x-www-form-urlencoded"
        let form = try self.call(.webhook(webhook), Self.message(.firing, cause: "a b&c"))
        #expect(form.body == "cause=a%20b%26c&braces={{")
        #expect(throws: AlertTemplate.UnknownPlaceholder.self) { try AlertTemplate("{{titel}}") }
    }

    @Test func halesOwnDocumentHasEverything() throws {
        let late = Lateness(createdAt: 0, now: 60_000_000_000, reason: nil)
        let body = try json(
            call(.webhook(WebhookChannel(url: .text("http://w"))), Self.message(.recovered), late: late))
        #expect(
            body.keys == [
                "alerts", "created_at", "host", "kind", "late_seconds", "message", "severity", "stack", "text", "title",
            ])
        let alert = try #require(body["alerts"]?.items.first)
        #expect(alert["id"]?.integer == 7 && alert["duration_seconds"] == .number(7.478))
        #expect(alert["victim_count"]?.integer == 174)
    }

    @Test func aMailHasNoOtherHeadersThanItShould() throws {
        let channel = AlertChannel(
            name: "c",
            kind: .email(MailChannel(host: "m", from: "hale@example.com", to: ["a@example.com", "b@example.com"])))
        let message = Self.message(.firing, cause: "über\r\nBcc: x@example.com")
        guard case .mail(let mail)? = AlertRequest.requests(message, to: channel).first else {
            throw Problem(text: "no mail")
        }
        let parts = mail.content.split(separator: "\r\n\r\n", maxSplits: 1)
        let headers = parts[0].replacing("\r\n ", with: " ").split(separator: "\r\n")
        #expect(
            headers.map { $0.prefix { $0 != ":" } }.sorted() == [
                "Auto-Submitted", "Content-Transfer-Encoding", "Content-Type", "Date", "From", "MIME-Version",
                "Message-ID",
                "References", "Subject", "To",
            ])
        #expect(headers.contains("Date: 2 Mar 2026 00:00:10 +0000"))
        let body = try #require(Data(base64Encoded: String(parts[1]), options: .ignoreUnknownCharacters))
        #expect(String(decoding: body, as: UTF8.self).contains("über  Bcc: x@example.com"))
    }

    @Test(arguments: ["", "f", "fo", "foo", "foob", "fooba", "foobar", "äöü"])
    func base64IsWhatOthersMakeOfIt(text: String) {
        #expect(Base64.encode(text.utf8) == Data(text.utf8).base64EncodedString())
    }
}
