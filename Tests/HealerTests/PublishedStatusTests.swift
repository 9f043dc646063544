import Control
import Foundation
import Platform
import Stack
import Synchronization
import Testing
import Wire

@testable import Healer

@Suite struct PublishedStatusTests {
    static func status(_ notice: String) -> StackStatus {
        StackStatus(
            stack: "shop", status: .healthy, services: [:], version: HaleVersion.current,
            processes: StackStatus.Processes(keeper: nil, healer: nil, gateway: nil), statusAddress: nil,
            notices: [notice])
    }

    static let stack = Stack(name: "shop", directory: "/", services: [])

    final class Answer: Sendable {
        let notices = Mutex<[String]?>(nil)
    }

    final class Count: Sendable {
        let number = Mutex(0)
    }

    /// Runs the reactor while another thread asks.
    static func ask(_ published: PublishedStatus, on reactor: Reactor) -> [String] {
        let answer = Answer()
        let mailbox = reactor.mailbox
        let thread = Thread {
            let notices = published.status.notices
            answer.notices.withLock { $0 = notices }
            mailbox.post {}
        }
        thread.start()
        while true {
            if let notices = answer.notices.withLock({ $0 }) { return notices }
            reactor.turn(limit: .milliseconds(20))
        }
    }

    @Test func isDrawnWhenSomebodyAsksAndSomethingHasHappened() throws {
        let reactor = try Reactor()
        let published = PublishedStatus(project: "shop", mailbox: reactor.mailbox)
        let drawn = Count()
        published.connect {
            let number = drawn.number.withLock { count in
                count += 1
                return count
            }
            published.update(Self.status("picture \(number)"), of: Self.stack)
        }
        #expect(Self.ask(published, on: reactor) == [])
        for _ in 0..<1_000 { published.outdate() }
        #expect(drawn.number.withLock { $0 } == 0)
        #expect(Self.ask(published, on: reactor) == ["picture 1"])
        #expect(Self.ask(published, on: reactor) == ["picture 1"])
        published.outdate()
        #expect(Self.ask(published, on: reactor) == ["picture 2"])
    }

    @Test func theLastPictureHasToDoWhereTheHealerIsTooBusy() throws {
        let reactor = try Reactor()
        let published = PublishedStatus(project: "shop", mailbox: reactor.mailbox)
        published.connect {}
        published.update(Self.status("the last"), of: Self.stack)
        published.outdate()
        // Nobody runs the reactor.
        #expect(published.status.notices == ["the last"])
    }
}
