internal import Stack

/// The call that a connection makes now: a request that an instance was asked for, or the connection itself.
struct Call {
    /// Whether it goes on and is yet to be counted.
    var isOpen = false
    /// Whom it is counted for, in the `CallLedger`; `CallLedger.none` where that is nobody.
    var place = CallLedger.none
    /// Nanoseconds on the monotonic clock: when the instance was asked. Time in which it was the client's turn is taken off
    /// by moving this.
    var startedAt: Int64 = 0
    /// What is known of it while it goes on.
    var outcome: CallOutcome?
    /// Since when a connection that is made waits for the client's first bytes; zero where it does not.
    var silentSince: Int64 = 0
    /// How long it took, where that is known before its end; negative where it is not.
    var duration: Int64 = -1
}
