/// What is to be written before a turn of the loop ends.
///
/// Whoever is written to wakes up, and on a machine with few processors takes one from those who are about to say something
/// themselves. So the loop first reads what there is to be read, and writes then: servers and clients find several messages at
/// a time and sleep less often between them.
struct DeferredWrites {
    /// One write.
    enum Write {
        /// What was read from the other end, and lies in the memory of the turn.
        case bytes(Int32, End)
        /// The request of that connection.
        case request(Int32)
    }

    /// Most writes that are put off.
    static let most = 256
    private static let size = 1 << 20

    /// The memory of the turn: what is to be written at its beginning, and then room for whatever is read next.
    private let memory: UnsafeMutableRawPointer
    private var used = 0
    private let writes: UnsafeMutableBufferPointer<Write>
    private(set) var count = 0
    /// Whether they are being done, and no more can be put off.
    var isWriting = false

    init() {
        memory = .allocate(byteCount: Self.size, alignment: 4096)
        writes = .allocate(capacity: Self.most)
    }

    /// To be called once, at the end of the loop.
    func deallocate() {
        memory.deallocate()
        writes.deallocate()
    }

    /// Room for `BufferPool.size` bytes.
    var room: UnsafeMutableRawPointer { memory + used }

    /// Whether they have to be done before anything else is read.
    var isFull: Bool { count == Self.most || used > Self.size - BufferPool.size }

    subscript(index: Int) -> Write { writes[index] }

    /// Where bytes lie that were kept.
    func bytes(at start: Int32) -> UnsafeMutableRawPointer { memory + Int(start) }

    /// Puts a write off.
    mutating func add(_ write: Write) {
        writes.initializeElement(at: count, to: write)
        count += 1
    }

    /// Keeps the first bytes in `room`; where they lie then.
    mutating func keep(_ count: Int) -> Int32 {
        defer { used += (count + 63) & ~63 }
        return Int32(truncatingIfNeeded: used)
    }

    /// All are done.
    mutating func removeAll() {
        count = 0
        used = 0
        isWriting = false
    }
}
