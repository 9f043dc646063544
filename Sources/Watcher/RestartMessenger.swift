internal import Engines
internal import FoundationEssentials
internal import Healing
internal import Platform

/// Tells a webhook and an Apprise server of restarts, in autoheal's words.
struct RestartMessenger: Sendable {
    private let webhook: Webhook?
    private let key: String
    private let apprise: Webhook?

    init(_ settings: WatchSettings) {
        webhook = settings.webhook.map { Webhook($0) }
        key = settings.webhookKey
        apprise = settings.apprise.map { Webhook($0) }
    }

    /// Tells of it beside everything else; `tell` gets a sentence where somebody does not take it.
    func send(_ container: WatchedContainer, failed: Bool, tell: @escaping @Sendable (String) -> Void) {
        send(Self.sentence(container, failed: failed), tell)
    }

    /// What is said of it: autoheal's words, but where it was restarted because another container was.
    static func sentence(_ container: WatchedContainer, failed: Bool) -> String {
        let why = container.health == .unhealthy ? "found to be unhealthy" : "in need of a container that was restarted"
        let end = failed ? "Failed to restart the container!" : "Successfully restarted the container!"
        return "Container \(container.name) (\(container.shortID)) \(why). \(end)"
    }

    private func send(_ text: String, _ tell: @escaping @Sendable (String) -> Void) {
        let messages = [
            webhook.map { ($0, "WEBHOOK_URL", [key: text]) },
            apprise.map { ($0, "APPRISE_URL", ["title": "Autoheal", "body": text]) },
        ]
        for case (let receiver, let name, let fields)? in messages {
            DetachedThread.run {
                guard let json = try? JSONEncoder().encode(fields) else { return }
                if let problem = receiver.post(Array(json)) { tell("\(name) did not take a message: \(problem)") }
            }
        }
    }
}
