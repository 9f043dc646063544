internal import Protocols

/// A good answer that is kept for the time when its service has none.
final class KeptAnswer {
    /// What the request asked for: port, host, path and query.
    let target: [UInt8]
    /// What else of the request it depends on.
    let variations: [HTTPVariation]
    /// Its field lines, but for those of one hop, of its length and of its age.
    let fields: [UInt8]
    let body: [UInt8]
    let life: HTTPStoredLife
    /// When it came, in nanoseconds on the monotonic clock.
    let cameAt: Int64

    init(
        target: [UInt8], variations: [HTTPVariation], fields: [UInt8], body: [UInt8], life: HTTPStoredLife,
        cameAt: Int64
    ) {
        self.target = target
        self.variations = variations
        self.fields = fields
        self.body = body
        self.life = life
        self.cameAt = cameAt
    }

    /// Bytes that count towards the bounds: its own, and about as many as keeping it takes.
    var size: Int {
        let varied = variations.reduce(0) { $0 + $1.name.count + ($1.value?.count ?? 0) + 64 }
        return target.count + fields.count + body.count + varied + 256
    }

    /// Whole seconds since it came.
    func seconds(at now: Int64) -> UInt64 {
        UInt64(max(0, now - cameAt) / 1_000_000_000)
    }
}
