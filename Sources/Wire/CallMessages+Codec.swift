internal import Stack

extension GatewayCalls: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init(
            startedAt: Instant(nanoseconds: try decoder.integer()),
            counts: try decoder.list { decoder throws(DecodingFailure) in try Counts(from: &decoder) },
            isComplete: try decoder.flag())
    }

    func encode(to encoder: inout Encoder) {
        encoder.put(startedAt.nanoseconds)
        encoder.put(counts) { encoder, counts in counts.encode(to: &encoder) }
        encoder.put(isComplete)
    }
}

extension GatewayCalls.Counts: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init(
            instance: try InstanceID(from: &decoder), port: try decoder.integer(),
            tallies: try decoder.list { decoder throws(DecodingFailure) in
                try GatewayCalls.Tally(from: &decoder)
            })
    }

    func encode(to encoder: inout Encoder) {
        instance.encode(to: &encoder)
        encoder.put(port)
        encoder.put(tallies) { encoder, tally in tally.encode(to: &encoder) }
    }
}

/// Most buckets are empty: only the others are sent, behind a bit for each.
extension GatewayCalls.Tally: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        guard let outcome = CallOutcome(rawValue: try decoder.integer()) else { throw DecodingFailure() }
        let microseconds: UInt64 = try decoder.integer()
        let filled: UInt32 = try decoder.integer()
        var buckets = [UInt64](repeating: 0, count: LatencyBuckets.count)
        for place in buckets.indices where filled >> UInt32(place) & 1 == 1 { buckets[place] = try decoder.integer() }
        self.init(outcome: outcome, buckets: buckets, microseconds: microseconds)
    }

    func encode(to encoder: inout Encoder) {
        encoder.put(outcome.rawValue)
        encoder.put(microseconds)
        let filled = buckets.prefix(LatencyBuckets.count).enumerated().reduce(UInt32(0)) { bits, bucket in
            bucket.element > 0 ? bits | 1 << UInt32(bucket.offset) : bits
        }
        encoder.put(filled)
        for count in buckets.prefix(LatencyBuckets.count) where count > 0 { encoder.put(count) }
    }
}

extension InstanceID: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init(try decoder.text(), try decoder.count())
    }

    func encode(to encoder: inout Encoder) {
        encoder.put(service)
        encoder.put(count: number)
    }
}

extension AccessLogPolicy: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        guard let format = Format(rawValue: try decoder.text()) else { throw DecodingFailure() }
        self.init(format: format, rotation: LogRotation(size: try decoder.integer(), files: try decoder.count()))
    }

    func encode(to encoder: inout Encoder) {
        encoder.put(format.rawValue)
        encoder.put(rotation.size)
        encoder.put(count: rotation.files)
    }
}
