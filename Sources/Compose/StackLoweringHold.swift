internal import Stack

/// Reads `x-hale.hold`: a duration, or a mapping with `time`, `ramp` and `count`.
struct HoldLowering {
    let hale: Fields

    private var fields: Fields { hale.fields("hold") }

    private var isMapping: Bool { hale["hold"]?.scalarText == nil }

    /// How long clients wait; nil where the file does not say.
    func time(_ problems: inout Problems) -> Duration? {
        guard isMapping else { return hale.duration("hold", &problems) }
        fields.allow(["time", "ramp", "count"], &problems)
        return fields.duration("time", &problems)
    }

    /// The rest, of a mapping that ``time(_:)`` has looked at.
    func apply(to policy: inout TrafficPolicy, _ problems: inout Problems) {
        guard isMapping, fields.value?.map != nil else { return }
        policy.ramp = fields.duration("ramp", &problems) ?? policy.ramp
        policy.holdCount = fields.count("count", in: 0...100_000, &problems) ?? policy.holdCount
    }
}
