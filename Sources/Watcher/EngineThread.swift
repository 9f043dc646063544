internal import Engines
internal import Healing
internal import Platform
internal import Stack
internal import Synchronization

/// Asks the engine on threads that may wait for it, and hands its answers to the loop on the loop's own.
final class EngineThread: Sendable {
    /// What comes of following events.
    enum News: Sendable {
        case happened(String, String)
        /// The stream has ended; with an error where that was not in order.
        case ended(EngineError?)
    }

    /// Unchecked: the loop is touched by letters in its reactor's mailbox alone, and the reading on the serial thread.
    private final class Owned: @unchecked Sendable {
        weak var loop: WatchLoop?
        var reading: ContainerReading

        init(_ reading: ContainerReading) {
            self.reading = reading
        }
    }

    private let client: EngineClient
    private let thread: SerialThread
    private let mailbox: Mailbox
    private let owned: Owned
    private let isEnding = Atomic(false)

    init(_ client: EngineClient, _ settings: WatchSettings, _ mailbox: Mailbox) throws(SystemError) {
        self.client = client
        self.mailbox = mailbox
        owned = Owned(ContainerReading(settings))
        thread = try SerialThread()
    }

    /// The loop that answers are for.
    func connect(to loop: WatchLoop) {
        owned.loop = loop
    }

    /// Ends its threads, once what they wait for has come.
    func end() {
        isEnding.store(true, ordering: .relaxed)
        thread.end()
    }

    private func tell(_ body: @escaping @Sendable (WatchLoop) -> Void) {
        mailbox.post { [owned] in owned.loop.map(body) }
    }

    /// Takes a sentence from any thread to the loop.
    var teller: @Sendable (String) -> Void {
        { sentence in self.tell { $0.note(sentence) } }
    }

    /// Agrees on a version, and looks at everything.
    func connect(
        then body:
            @escaping @Sendable (
                WatchLoop, Result<(EngineSession, [WatchedContainer], Instant), EngineError>
            ) -> Void
    ) {
        thread.post { [self] in
            let result: Result<(EngineSession, [WatchedContainer], Instant), EngineError>
            do throws(EngineError) {
                let session = try client.connect()
                let asked = Instant.now()
                result = .success((session, try owned.reading.all(session), asked))
            } catch {
                result = .failure(error)
            }
            tell { body($0, result) }
        }
    }

    /// Looks at everything; nil where the engine does not say.
    func all(
        _ session: EngineSession, then body: @escaping @Sendable (WatchLoop, [WatchedContainer]?, Instant) -> Void
    ) {
        thread.post { [self] in
            let asked = Instant.now()
            let containers = try? owned.reading.all(session)
            tell { body($0, containers, asked) }
        }
    }

    /// Looks at one; nil where it is gone. Nothing comes of it where the engine does not say.
    func one(
        _ id: String, _ session: EngineSession,
        then body: @escaping @Sendable (WatchLoop, WatchedContainer?, Instant) -> Void
    ) {
        thread.post { [self] in
            let asked = Instant.now()
            guard let container = try? owned.reading.one(id, session) else { return }
            tell { body($0, container, asked) }
        }
    }

    /// Hands on every event until there are no more.
    func follow(
        _ session: EngineSession, _ actions: [String], since: Int64,
        then body: @escaping @Sendable (WatchLoop, News) -> Void
    ) {
        do {
            try DetachedThread.start { [self] in
                let failure = failure(following: session, actions, since: since, then: body)
                tell { body($0, .ended(failure)) }
            }
        } catch {
            let sentence = error.description
            tell { body($0, .ended(.unreachable(sentence))) }
        }
    }

    private func failure(
        following session: EngineSession, _ actions: [String], since: Int64,
        then body: @escaping @Sendable (WatchLoop, News) -> Void
    ) -> EngineError? {
        do throws(EngineError) {
            try session.events(actions, since: since) { [self] event in
                let (action, id) = (event.Action, event.Actor.ID)
                tell { body($0, .happened(action, id)) }
                return !isEnding.load(ordering: .relaxed)
            }
            return nil
        } catch {
            return error
        }
    }

    /// Restarts a container, beside everything else; a sentence where that fails.
    func restart(
        _ container: WatchedContainer, _ session: EngineSession,
        then body: @escaping @Sendable (WatchLoop, String?) -> Void
    ) {
        DetachedThread.run { [self] in
            var failure: String?
            do throws(EngineError) {
                try session.restart(container.id, seconds: container.stopTimeout)
            } catch {
                failure = error.description
            }
            tell { [failure] in body($0, failure) }
        }
    }
}
