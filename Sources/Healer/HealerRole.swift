internal import Control
internal import Glibc
internal import Journal
internal import KeeperLink
public import Platform
internal import Stack
internal import Wire

/// The healer: the truth about the stack and every decision. `hale healer -p NAME`, started by the keeper.
public enum HealerRole {
    /// How long the end waits for the last events to be written: less than the keeper's patience.
    private static let journalLimit = Duration.seconds(1)

    /// Runs until the keeper ends it; returns the exit code.
    ///
    /// If the keeper goes away the healer starts a new one and ends, since only a keeper can start and signal
    /// processes; services go on, and the new keeper adopts them and starts a new healer.
    public static func run(locations: Locations) -> Int32 {
        // As many services may be asked at a time as there are.
        DescriptorLimit.raise()
        do {
            let reactor = try Reactor()
            let published = PublishedStatus(project: locations.project, mailbox: reactor.mailbox)
            let flags = PublishedFlags()
            let alerts = PublishedAlerts()
            let reference = Confined(LoopReference())
            let mailbox = reactor.mailbox
            // Before the journal's thread is made: one that does not know of it would die of the signal, and all with it.
            try reactor.onSignal(SIGTERM) { reactor.stop() }
            try reactor.onSignal(SIGHUP) { reference.value.loop?.reload(by: "SIGHUP") { _ in } }
            let journal = Journal(path: locations.journal) { report in
                mailbox.post { reference.value.loop?.take(report) }
            }
            let backend = HealerBackend(
                published: published, flags: flags, alerts: alerts, mailbox: mailbox, journal: journal)
            let server = ControlServer(backend: backend, tokens: TokenFile(path: locations.tokens))
            guard let keeper = try? KeeperClient(reactor: reactor, locations: locations, role: .healer) else {
                // It died between starting this process and now.
                reviveKeeper(locations)
                return 1
            }
            let loop = try HealerLoop(
                locations: locations, reactor: reactor, keeper: keeper, server: server, journal: journal,
                published: published, publishedFlags: flags, publishedAlerts: alerts)
            reference.value.loop = loop
            keeper.onEvent = { event, descriptor in loop.receive(event, descriptor: descriptor) }
            keeper.watch { Log.write("ending the keeper: \(Pulse.verdict)") }
            keeper.onClose = {
                reviveKeeper(locations)
                reactor.stop()
            }
            backend.connect { command, actor, slot in reference.value.loop?.perform(command, by: actor, slot) }
            backend.connect(explaining: { service, slot in slot.fill(reference.value.loop?.explanation(of: service)) })
            published.connect { reference.value.loop?.draw() }
            loop.files.writer.connect { mailbox.post { reference.value.loop?.publish() } }
            // Only this thread: those of the status API and of the probes are made by now and stay ordinary.
            Urgency.claim()
            reactor.run()
            server.stop()
            loop.records.flush()
            loop.files.writer.flush(for: .seconds(5))
            journal.close(within: Self.journalLimit)
            return 0
        } catch {
            Log.write("the healer cannot start: \(error)")
            return 1
        }
    }
}

private func reviveKeeper(_ locations: Locations) {
    Log.write("the keeper is gone; starting another, which adopts what runs")
    do {
        try KeeperRevival.start(locations)
    } catch {
        Log.write("\(error)")
    }
}

/// The loop, for what other threads, those of the status API and of the journal, post to the reactor's own.
private final class LoopReference {
    /// Set before the reactor runs.
    var loop: HealerLoop?
}
