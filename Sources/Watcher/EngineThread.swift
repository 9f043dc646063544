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

    /// What comes of a look.
    enum Look: Sendable {
        case all([WatchedContainer])
        case nothingNew
        /// The engine does not say.
        case silence
    }

    /// Unchecked: it is touched on the serial thread alone.
    private final class Owned: @unchecked Sendable {
        var reading: ContainerReading
        /// Which containers were unhealthy at the last look; nil where the engine did not say.
        var unhealthy: Set<String>?

        init(_ reading: ContainerReading) {
            self.reading = reading
        }
    }

    private let client: EngineClient
    private let thread: SerialThread
    private let line: LoopLine
    private let owned: Owned
    private let isEnding = Atomic(false)

    init(_ client: EngineClient, _ settings: WatchSettings, _ line: LoopLine) throws(SystemError) {
        self.client = client
        self.line = line
        owned = Owned(ContainerReading(settings))
        thread = try SerialThread()
    }

    /// Ends its threads, once what they wait for has come.
    func end() {
        isEnding.store(true, ordering: .relaxed)
        thread.end()
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
            line.tell { body($0, result) }
        }
    }

    /// Looks at everything; unless `isThorough`, only where others than before are unhealthy.
    func look(
        _ session: EngineSession, isThorough: Bool, then body: @escaping @Sendable (WatchLoop, Look, Instant) -> Void
    ) {
        thread.post { [self] in
            let asked = Instant.now()
            let look = look(session, isThorough: isThorough)
            line.tell { body($0, look, asked) }
        }
    }

    private func look(_ session: EngineSession, isThorough: Bool) -> Look {
        do throws(EngineError) {
            if !isThorough {
                let unhealthy = Set(try session.unhealthyContainers())
                guard unhealthy != owned.unhealthy else { return .nothingNew }
                owned.unhealthy = unhealthy
            }
            return .all(try owned.reading.all(session))
        } catch {
            owned.unhealthy = nil
            return .silence
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
            line.tell { body($0, container, asked) }
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
                line.tell { body($0, .ended(failure)) }
            }
        } catch {
            let sentence = error.description
            line.tell { body($0, .ended(.unreachable(sentence))) }
        }
    }

    private func failure(
        following session: EngineSession, _ actions: [String], since: Int64,
        then body: @escaping @Sendable (WatchLoop, News) -> Void
    ) -> EngineError? {
        do throws(EngineError) {
            try session.events(actions, since: since) { [self] event in
                let (action, id) = (event.Action, event.Actor.ID)
                line.tell { body($0, .happened(action, id)) }
                return !isEnding.load(ordering: .relaxed)
            }
            return nil
        } catch {
            return error
        }
    }

    /// Finds out what a container and its check printed, beside everything else; nothing comes of it where there is no
    /// thread to be had.
    func findEvidence(
        of container: WatchedContainer, _ session: EngineSession, then body: @escaping @Sendable (CheckEvidence) -> Void
    ) {
        try? DetachedThread.start { body(EvidenceReading.evidence(of: container, session)) }
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
            line.tell { [failure] in body($0, failure) }
        }
    }
}
