internal import Control
internal import Glibc
internal import KeeperLink
public import Platform
internal import Stack

/// The healer: the truth about the stack and every decision. `hale healer -p NAME`, started by the keeper.
public enum HealerRole {
    /// Runs until the keeper ends it; returns the exit code.
    ///
    /// If the keeper goes away the healer starts a new one and ends, since only a keeper can start and signal
    /// processes; services go on, and the new keeper adopts them and starts a new healer.
    public static func run(locations: Locations) -> Int32 {
        do {
            let reactor = try Reactor()
            let published = PublishedStatus(project: locations.project)
            let backend = HealerBackend(published: published, mailbox: reactor.mailbox)
            let server = ControlServer(backend: backend)
            guard let keeper = try? KeeperClient(reactor: reactor, locations: locations, role: .healer) else {
                // It died between starting this process and now.
                reviveKeeper(locations)
                return 1
            }
            let loop = try HealerLoop(
                locations: locations, reactor: reactor, keeper: keeper, server: server, published: published)
            keeper.onEvent = { event, descriptor in loop.receive(event, descriptor: descriptor) }
            keeper.onClose = {
                reviveKeeper(locations)
                reactor.stop()
            }
            let reference = LoopReference(loop)
            backend.connect { command, actor, slot in reference.loop.perform(command, by: actor, slot) }
            let mailbox = reactor.mailbox
            loop.files.writer.connect { mailbox.post { reference.loop.publish() } }
            try reactor.onSignal(SIGTERM) { reactor.stop() }
            try reactor.onSignal(SIGHUP) { _ = loop.reload(by: "SIGHUP") }
            // Only this thread: those of the status API and of the probes are made by now and stay ordinary.
            Urgency.claim()
            reactor.run()
            server.stop()
            loop.records.flush()
            loop.files.writer.flush(for: .seconds(5))
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

/// Lets the status API's threads post work for the loop.
///
/// Unchecked, as the compiler cannot see it: what is posted to the reactor's mailbox runs on the reactor's thread, and
/// the loop is touched nowhere else.
private final class LoopReference: @unchecked Sendable {
    let loop: HealerLoop

    init(_ loop: HealerLoop) {
        self.loop = loop
    }
}
