import Foundation
import Glibc
import Platform
import Stack
import TestFolders
import Testing

@Suite struct ReactorTests {
    private static func pipePair() -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        pipe(&ends)
        return (ends[0], ends[1])
    }

    @Test func deadlinesComeInOrderAndCancelledOnesNever() throws {
        let reactor = try Reactor()
        var fired: [String] = []
        let now = Instant.now()
        reactor.schedule(at: now + .milliseconds(2)) {
            fired.append("third")
            reactor.stop()
        }
        reactor.schedule(at: now + .milliseconds(1)) { fired.append("second") }
        let token = reactor.schedule(at: now + .milliseconds(1)) { fired.append("cancelled") }
        reactor.schedule(at: now) { fired.append("first") }
        reactor.schedule(at: .distantFuture) { fired.append("never") }
        reactor.cancel(token)
        reactor.run()
        #expect(fired == ["first", "second", "third"])
        #expect(Instant.now() - now >= .milliseconds(2))
    }

    @Test func aDeadlineMayBeSetAndCancelledFromAnother() throws {
        let reactor = try Reactor()
        var fired: [Int] = []
        var second: TimerToken?
        reactor.schedule(at: .zero) {
            fired.append(1)
            if let second { reactor.cancel(second) }
            reactor.schedule(at: .zero) {
                fired.append(3)
                reactor.stop()
            }
        }
        second = reactor.schedule(at: .zero) { fired.append(2) }
        reactor.run()
        #expect(fired == [1, 3])
    }

    @Test func aRemovedDescriptorIsNotHeardOfAgainEvenWhenItsNumberIsReused() throws {
        let reactor = try Reactor()
        let pipes = (0..<2).map { _ in Self.pipePair() }
        var registrations: [Registration] = []
        var heard: [Int] = []
        for (place, ends) in pipes.enumerated() {
            registrations.append(
                try reactor.register(ends.read, for: .read) { _ in
                    heard.append(place)
                    let other = 1 - place
                    reactor.remove(registrations[other])
                    // The number of the other pipe now belongs to another file, which is just as readable.
                    dup2(ends.read, pipes[other].read)
                })
            write(ends.write, "x", 1)
        }
        reactor.turn(limit: .seconds(10))
        #expect(heard.count == 1)
        for ends in pipes {
            close(ends.read)
            close(ends.write)
        }
    }

    @Test func interestCanChange() throws {
        let reactor = try Reactor()
        var ends: [Int32] = [-1, -1]
        socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
        var heard: [Readiness] = []
        let registration = try reactor.register(ends[0], for: .read) { heard.append($0) }
        reactor.turn(limit: .zero)
        #expect(heard.isEmpty)
        try reactor.update(registration, interest: .write)
        reactor.turn(limit: .seconds(10))
        #expect(heard == [.write])
        close(ends[1])
        try reactor.update(registration, interest: .read)
        reactor.turn(limit: .seconds(10))
        #expect(heard.last?.contains(.closed) == true)
        reactor.remove(registration)
        close(ends[0])
    }

    @Test func lettersFromOtherThreadsArriveInOrder() throws {
        let reactor = try Reactor()
        let mailbox = reactor.mailbox
        let received = Received()
        nonisolated(unsafe) let stop = { reactor.stop() }
        Thread.detachNewThread {
            for number in 0..<1_000 { mailbox.post { received.numbers.append(number) } }
            mailbox.post { stop() }
        }
        reactor.run()
        #expect(received.numbers == Array(0..<1_000))
    }

    @Test func aSignalRunsItsActionOnTheReactorsThread() throws {
        let reactor = try Reactor()
        var count = 0
        try reactor.onSignal(SIGUSR1) { count += 1 }
        try reactor.onSignal(SIGUSR2) { reactor.stop() }
        // To this thread alone: the other threads of the test process have their own masks.
        pthread_kill(pthread_self(), SIGUSR1)
        pthread_kill(pthread_self(), SIGUSR2)
        reactor.run()
        #expect(count == 1)
    }

    @Test func nothingIsLeftOpenBehindIt() throws {
        let path = TemporaryFolder()
        var seen: Set<Int32> = []
        for _ in 0..<500 {
            let reactor = try Reactor()
            withExtendedLifetime(reactor) {}
            let descriptor = open(path["probe"], O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
            seen.insert(descriptor)
            close(descriptor)
        }
        // Other tests open files as well, but a leak of three a round would drive the numbers beyond all of them.
        #expect((seen.max() ?? .max) < 1_000)
    }
}

/// Written on the reactor's thread alone.
private final class Received: @unchecked Sendable {
    var numbers: [Int] = []
}
