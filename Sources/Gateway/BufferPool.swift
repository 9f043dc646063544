/// Memory for bytes that one side of a connection has sent and the other cannot take yet.
///
/// A connection has a buffer only for as long as it holds such bytes, and at most one for each direction, so memory is
/// bounded by the connections whose receiver is slow. Some unused buffers are kept, to spare an allocation each time a
/// receiver falls behind.
struct BufferPool: ~Copyable {
    /// Bytes in one buffer.
    static let size = 64 * 1024
    private static let mostUnused = 64

    private var unused: [UnsafeMutableRawPointer] = []
    /// Buffers in use.
    private(set) var taken = 0

    init() {
        unused.reserveCapacity(Self.mostUnused)
    }

    deinit {
        for buffer in unused { buffer.deallocate() }
    }

    /// A buffer of `size` bytes with any content; to be given back.
    mutating func take() -> UnsafeMutableRawPointer {
        taken += 1
        return unused.popLast() ?? .allocate(byteCount: Self.size, alignment: 16)
    }

    /// Takes back a buffer.
    mutating func giveBack(_ buffer: UnsafeMutableRawPointer) {
        taken -= 1
        if unused.count < Self.mostUnused {
            unused.append(buffer)
        } else {
            buffer.deallocate()
        }
    }
}
