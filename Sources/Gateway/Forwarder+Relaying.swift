internal import Glibc

extension Forwarder {
    /// Something happened at one end of an established connection.
    func relay(_ place: Int32, _ record: UnsafeMutablePointer<Connection>, from end: End, _ events: UInt32) {
        let side = table.side(place, end)
        let interest = side.pointee.interest ?? 0
        guard interest != 0 else { return unwatchedEvent(place, end, events) }
        let isOver = Poller.hungUp | Poller.failed
        if interest & Poller.writable != 0, events & (Poller.writable | isOver) != 0 {
            guard flush(place, to: end) else { return }
        }
        if interest & Poller.readable != 0, events & (Poller.readable | isOver) != 0 {
            pass(place, record, from: end)
        }
    }

    /// epoll reports broken connections even where it was asked for nothing.
    private func unwatchedEvent(_ place: Int32, _ end: End, _ events: UInt32) {
        let side = table.side(place, end)
        if events & Poller.failed != 0, side.pointee.inputEnded {
            breakOff(place)
        } else {
            // What this end has sent is still on its way to the other. It would be reported without pause until then,
            // and the error is met again when it is read from.
            poller.remove(side.pointee.descriptor)
            side.pointee.interest = nil
        }
    }

    /// Reads once from one end and writes to the other. One read at a time keeps a fast sender from starving others.
    private func pass(_ place: Int32, _ record: UnsafeMutablePointer<Connection>, from end: End) {
        let source = table.side(place, end)
        switch Socket.receive(source.pointee.descriptor, into: scratch, count: BufferPool.size) {
        case .bytes(let count):
            switch end {
            case .client:
                routes[record.pointee.route].counters.bytesIn &+= UInt64(count)
                if record.pointee.call.silentSince > 0 { clientBegins(record) }
                if let note = record.pointee.note { note.pointee.requestBytes &+= UInt64(count) }
                keepOpening(place, record, count)
            case .server:
                routes[record.pointee.route].counters.bytesOut &+= UInt64(count)
                if let note = record.pointee.note { note.pointee.responseBytes &+= UInt64(count) }
                if !record.pointee.isProven, !declinesEncryption(place, record, count) {
                    prove(place, record, source.pointee.descriptor)
                }
                observe(place, record, count)
                // Where its answer is no failure the server takes part, whatever the client makes of that: one that has
                // given up without a word must not hold up those behind it.
                rampEnded(place, .success)
            }
            deferBytes(place, count, from: end)
        case .wouldBlock:
            break
        case .ended where hasBroken(source.pointee.descriptor):
            broke(place, record, end)
        case .ended where end == .server && owesAnswer(place, record):
            serverBroke(place, record, "it ended a connection before its first byte")
        case .ended:
            source.pointee.inputEnded = true
            if table.side(place, end.other).pointee.pending.isEmpty {
                endOutput(place, of: end.other)
            } else {
                updateInterest(place, end)
            }
        case .failed:
            broke(place, record, end)
        }
    }

    private func broke(_ place: Int32, _ record: UnsafeMutablePointer<Connection>, _ end: End) {
        switch end {
        case .client: breakOff(place)
        case .server: serverBroke(place, record, "it reset a connection before its first byte")
        }
    }

    /// Has a connection that was just made looked at once it has lived for a moment, which most never do: so these are
    /// spared the calls.
    func beginYouth(_ place: Int32, _ record: UnsafeMutablePointer<Connection>) {
        record.pointee.isYoung = true
        record.pointee.connectDeadline = now + limits.youth
        young.append(place, in: table)
        poller.wake(at: record.pointee.connectDeadline)
    }

    /// Sees to it that the end of a server is noticed by connections over which nothing goes.
    func lookAtYoung() {
        while !young.isEmpty {
            let place = young.first
            let record = table.record(place)
            guard record.pointee.connectDeadline <= now else {
                return poller.wake(at: record.pointee.connectDeadline)
            }
            endYouth(place, record)
            // One that was made in the very moment in which the server died is complete on this side alone, and the
            // kernel tells nobody: a client that says nothing first would wait for ever. The first question is answered
            // by a reset. Where the server has said something it is enough to notice one whose host is gone.
            record.pointee.isQuestioned = true
            Socket.askWhetherPeerLives(
                table.side(place, .server).pointee.descriptor, every: record.pointee.isProven ? 60 : 1)
        }
    }

    /// The connection is over, or old enough.
    func endYouth(_ place: Int32, _ record: UnsafeMutablePointer<Connection>) {
        guard record.pointee.isYoung else { return }
        record.pointee.isYoung = false
        young.remove(place, in: table)
    }

    /// The backend has the connection too: from now on it is enough to notice one whose host is gone.
    private func prove(_ place: Int32, _ record: UnsafeMutablePointer<Connection>, _ descriptor: Int32) {
        dropOpening(place, record)
        record.pointee.isProven = true
        if record.pointee.isQuestioned { Socket.askWhetherPeerLives(descriptor, every: 60) }
    }

    /// Writes what was read from one end, and keeps what the other cannot take yet.
    func deliver(_ place: Int32, _ bytes: UnsafeMutableRawPointer, _ count: Int, from end: End) {
        let sink = table.side(place, end.other)
        let sent: Int
        switch Socket.send(sink.pointee.descriptor, bytes, count: count) {
        case .bytes(let number): sent = number
        case .wouldBlock: sent = 0
        case .ended, .failed: return broke(place, table.record(place), end.other)
        }
        guard sent < count else { return }
        let buffer = buffers.take()
        buffer.copyMemory(from: bytes + sent, byteCount: count - sent)
        sink.pointee.pending = Pending(buffer: buffer, start: 0, end: count - sent)
        updateInterest(place, end)
        updateInterest(place, end.other)
    }

    /// Writes what was kept for one end; false where the connection is over.
    private func flush(_ place: Int32, to end: End) -> Bool {
        let sink = table.side(place, end)
        guard let buffer = sink.pointee.pending.buffer else { return true }
        let pending = sink.pointee.pending
        switch Socket.send(sink.pointee.descriptor, buffer + pending.start, count: pending.end - pending.start) {
        case .bytes(let number): sink.pointee.pending.start += number
        case .wouldBlock: return true
        case .ended, .failed:
            broke(place, table.record(place), end)
            return false
        }
        guard sink.pointee.pending.isEmpty else { return true }
        buffers.giveBack(buffer)
        sink.pointee.pending = Pending()
        guard !table.side(place, end.other).pointee.inputEnded else { return endOutput(place, of: end) }
        updateInterest(place, end)
        updateInterest(place, end.other)
        return true
    }

    /// One direction has ended and everything in it is delivered; the other goes on. False where it had ended as well
    /// and so the connection is over.
    @discardableResult
    private func endOutput(_ place: Int32, of end: End) -> Bool {
        table.side(place, end).pointee.outputEnded = true
        if table.side(place, end.other).pointee.outputEnded {
            finish(place)
            return false
        }
        Socket.endOutput(table.side(place, end).pointee.descriptor)
        updateInterest(place, end)
        updateInterest(place, end.other)
        return true
    }

    /// Reads from an end for as long as the other takes everything, and waits for an end that does not.
    func updateInterest(_ place: Int32, _ end: End) {
        let side = table.side(place, end)
        let canRead = !side.pointee.inputEnded && table.side(place, end.other).pointee.pending.isEmpty
        let mustWrite = !side.pointee.pending.isEmpty
        setInterest(place, end, (canRead ? Poller.readable : 0) | (mustWrite ? Poller.writable : 0))
    }

    /// Tells epoll what to report of a socket, where that has changed.
    func setInterest(_ place: Int32, _ end: End, _ interest: UInt32) {
        let side = table.side(place, end)
        guard side.pointee.interest != interest else { return }
        let kind: Token.Kind =
            switch end {
            case .client: .client
            case .server: .server
            }
        let token = Token(kind, place: place, generation: table.record(place).pointee.generation)
        if side.pointee.interest != nil {
            poller.change(side.pointee.descriptor, interest, token)
        } else if interest != 0 {
            poller.add(side.pointee.descriptor, interest, token)
        } else {
            return
        }
        side.pointee.interest = interest
    }
}
