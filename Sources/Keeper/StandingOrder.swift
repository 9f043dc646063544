/// What the healer wants done at once should a child end by itself: start it again just as it was started.
struct StandingOrder {
    /// The number of the run that follows.
    var next: Int
    /// Not where it returned 0.
    var onlyAfterFailure: Bool
    /// The successor, but for what only its start can bring.
    var successor: PreparedSpawn
}
