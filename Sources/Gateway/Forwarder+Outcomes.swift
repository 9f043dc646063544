/// What became of a call to an instance.
enum CallOutcome {
    case success
    case failure
    /// It says nothing of the instance.
    case ignored
}

/// What calls say of the instances that they went to.
extension Forwarder {
    /// A request has been answered, or has come to nothing.
    func noteOutcome(_ place: Int32, _ outcome: CallOutcome) {
    }

    /// A request may be on its way for too long already.
    func noteIfHanging(_ place: Int32) {
    }

    /// A request has ended.
    func observeLatency(_ place: Int32) {
    }
}
