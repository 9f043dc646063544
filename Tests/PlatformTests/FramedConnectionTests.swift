import Glibc
import Platform
import Stack
import TestFolders
import Testing

@Suite struct FramedConnectionTests {
    /// Two ends on one reactor; what the second gets is kept.
    private final class Link {
        let reactor: Reactor
        let sender: FramedConnection
        let receiver: FramedConnection
        let rawSender: Int32
        var frames: [[UInt8]] = []
        var descriptors: [Int32?] = []
        var closed = 0

        init() throws {
            var ends: [Int32] = [-1, -1]
            socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0, &ends)
            reactor = try Reactor()
            rawSender = ends[0]
            sender = try FramedConnection(ends[0], reactor: reactor)
            receiver = try FramedConnection(ends[1], reactor: reactor)
            receiver.onFrame = { [unowned self] frame, descriptor in
                frames.append(frame)
                descriptors.append(descriptor)
            }
            receiver.onClose = { [unowned self] in closed += 1 }
        }

        deinit { for descriptor in descriptors { descriptor.map { _ = close($0) } } }

        func turn(until done: () -> Bool) {
            let limit = Instant.now() + .seconds(20)
            while !done(), Instant.now() < limit { reactor.turn(limit: .seconds(1)) }
        }
    }

    @Test func messagesOfAnySizeArriveWholeAndInOrder() throws {
        let link = try Link()
        let sent = [0, 1, 3, 4, 65_535, 65_536, 5_000_000, 2].map { size in
            (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        }
        for frame in sent { link.sender.send(frame) }
        link.turn { link.frames.count == sent.count }
        #expect(link.frames == sent)
        #expect(link.descriptors.allSatisfy { $0 == nil })
    }

    @Test(arguments: [1, 100_000])
    func aDescriptorComesWithTheMessageItWasSentWith(size: Int) throws {
        let link = try Link()
        let folder = TemporaryFolder()
        try writeFileAtomically(Array("found".utf8), to: folder["file"])
        let descriptor = open(folder["file"], O_RDONLY)
        link.sender.send([1])
        link.sender.send([UInt8](repeating: 2, count: size), descriptor: descriptor)
        link.sender.send([3])
        link.sender.send([4], descriptor: descriptor)
        link.sender.send([5])
        // Its copy travels: the sender may close its own at once.
        close(descriptor)
        link.turn { link.frames.count == 5 }
        #expect(link.descriptors.map { $0 != nil } == [false, true, false, true, false])
        let received = try #require(link.descriptors[1])
        var text = [UInt8](repeating: 0, count: 5)
        #expect(pread(received, &text, 5, 0) == 5)
        #expect(String(decoding: text, as: UTF8.self) == "found")
        #expect(fcntl(received, F_GETFD) & FD_CLOEXEC != 0)
    }

    @Test func theOtherSidesEndIsToldOnce() throws {
        let link = try Link()
        link.sender.send([1])
        link.sender.close()
        link.turn { link.closed > 0 }
        #expect(link.frames == [[1]])
        #expect(link.closed == 1)
        link.receiver.send([2])
        #expect(link.closed == 1)
    }

    @Test func aLengthBeyondTheLimitEndsTheConnection() throws {
        let link = try Link()
        write(link.rawSender, [0xff, 0xff, 0xff, 0xff, 1] as [UInt8], 5)
        link.turn { link.closed > 0 }
        #expect(link.closed == 1)
        #expect(link.frames.isEmpty)
    }

    @Test func aReceiverMayCloseInTheMidstOfMessages() throws {
        let link = try Link()
        var count = 0
        link.receiver.onFrame = { _, _ in
            count += 1
            link.receiver.close()
        }
        for _ in 0..<10 { link.sender.send([1]) }
        link.turn { count > 0 }
        link.reactor.turn(limit: .zero)
        #expect(count == 1)
        #expect(link.closed == 0)
    }

    @Test func aListenerTakesConnectionsAndRemovesItsSocket() throws {
        let folder = TemporaryFolder()
        let reactor = try Reactor()
        var accepted: [FramedConnection] = []
        var heard: [[UInt8]] = []
        let listener = try FramedListener(path: folder["socket"], reactor: reactor) { connection in
            connection.onFrame = { frame, _ in heard.append(frame) }
            accepted.append(connection)
        }
        var status = stat()
        #expect(stat(folder["socket"], &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        let client = try FramedConnection.connect(to: folder["socket"], reactor: reactor)
        client.send([42])
        while heard.isEmpty { reactor.turn(limit: .seconds(10)) }
        #expect(heard == [[42]])
        listener.close()
        #expect(stat(folder["socket"], &status) == -1)
        accepted = []
    }
}
