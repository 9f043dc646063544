public import Stack

/// Lets an instance that has just come up take its share of the traffic little by little: caches are cold, and code may
/// not be compiled yet.
///
/// For the time `window` its weight is multiplied by max(`minimum`, (t / window) ^ (1 / aggression)). Defaults: 10 s
/// from a tenth, in a straight line. Source: Envoy's slow start mode.
public struct SlowStart: Hashable, Sendable, Codable {
    /// How long it takes; nothing is slowed at zero.
    public var window: Duration
    /// 1 is a straight line; above, the weight rises fast at first; below, late. 0.01 to 100.
    public var aggression: Double
    /// The share of the weight it begins with, 0.001 to 1, so that the instance is tried at all.
    public var minimum: Double

    /// Hale's defaults.
    public init(window: Duration = .seconds(10), aggression: Double = 1, minimum: Double = 0.1) {
        self.window = window
        self.aggression = aggression
        self.minimum = minimum
    }

    /// The weight at `now` of an instance that became healthy at `since`.
    public func weight(_ weight: Double, since: Instant, at now: Instant) -> Double {
        let (elapsed, whole) = ((now - since).nanoseconds, window.nanoseconds)
        guard elapsed < whole, whole > 0 else { return weight }
        let share = elapsed > 0 ? Double(elapsed) / Double(whole) : 0
        let exponent = 1 / aggression.bounded(to: 0.01...100)
        let risen = share == 0 ? 0 : exponent == 1 ? share : (share.binaryLogarithm * exponent).powerOfTwo
        return weight * max(minimum.bounded(to: 0.001...1), risen)
    }
}
