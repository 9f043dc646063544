internal import Platform
internal import Wire

/// The connections to healer and gateway, of which the newest of each counts.
final class Outbox {
    private var connections: [Role: FramedConnection] = [:]
    private var notices: [String] = []
    /// Called when the connection of a role has ended and no newer one counts.
    var onLeave: (Role) -> Void = { _ in }

    /// Takes over the connection of a role; one it had before is closed.
    func connect(_ role: Role, _ connection: FramedConnection) {
        connections[role]?.close()
        connections[role] = connection
        connection.onClose = { [unowned self, unowned connection] in
            guard connections[role] === connection else { return }
            connections[role] = nil
            onLeave(role)
        }
    }

    /// Tells a role; where it is not there, what it needs to know is told when it comes.
    func send(_ event: KeeperEvent, to role: Role, descriptor: Int32? = nil) {
        connections[role]?.send(event.encoded(), descriptor: descriptor)
    }

    /// Tells the healer a sentence, and every healer that follows.
    func notice(_ sentence: String) {
        guard !notices.contains(sentence) else { return }
        notices.append(sentence)
        Log.write(sentence)
        send(.notice(sentence), to: .healer)
    }

    /// Takes a sentence back: what it says is so no longer.
    func withdraw(_ sentence: String) {
        guard let index = notices.firstIndex(of: sentence) else { return }
        notices.remove(at: index)
        Log.write("no longer so: \(sentence)")
        send(.noticeEnded(sentence), to: .healer)
    }

    func repeatNotices() {
        for sentence in notices { send(.notice(sentence), to: .healer) }
    }
}
