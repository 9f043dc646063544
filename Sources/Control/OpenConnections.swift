internal import Glibc
internal import Synchronization

/// The connections of one socket, so that those which ask nothing cannot keep out those which would.
final class OpenConnections: Sendable {
    private struct Connection {
        var descriptor: Int32
        /// Grows with each sign of life, over all connections.
        var lastSign: UInt64
        /// Whether an answer to it is being made or sent.
        var isBusy = false
        var isEnding = false
    }

    private struct State {
        var connections: [UInt: Connection] = [:]
        var signs: UInt64 = 0

        mutating func nextSign() -> UInt64 {
            signs &+= 1
            return signs
        }
    }

    private let crowd: Int
    private let state = Mutex(State())

    /// From `crowd` connections on, each new one ends the one that has been idle longest.
    init(crowd: Int) {
        self.crowd = crowd
    }

    func add(_ connection: OpaquePointer, descriptor: Int32) {
        state.withLock { state in
            if state.connections.count >= crowd { Self.endLongestIdle(&state) }
            let sign = state.nextSign()
            state.connections[Self.key(connection)] = Connection(descriptor: descriptor, lastSign: sign)
        }
    }

    func remove(_ connection: OpaquePointer) {
        state.withLock { _ = $0.connections.removeValue(forKey: Self.key(connection)) }
    }

    func setBusy(_ connection: OpaquePointer) {
        state.withLock { $0.connections[Self.key(connection)]?.isBusy = true }
    }

    func setIdle(_ connection: OpaquePointer) {
        state.withLock { state in
            let sign = state.nextSign()
            state.connections[Self.key(connection)]?.lastSign = sign
            state.connections[Self.key(connection)]?.isBusy = false
        }
    }

    private static func endLongestIdle(_ state: inout State) {
        let idle = state.connections.filter { !$0.value.isBusy && !$0.value.isEnding }
        guard let oldest = idle.min(by: { $0.value.lastSign < $1.value.lastSign }) else { return }
        state.connections[oldest.key]?.isEnding = true
        // Wakes the connection's thread, which then closes it. The descriptor is still the connection's own, since the
        // library says that it will close one before it does, and that waits for this lock.
        shutdown(oldest.value.descriptor, Int32(SHUT_RDWR))
    }

    private static func key(_ connection: OpaquePointer) -> UInt {
        UInt(bitPattern: connection)
    }
}
