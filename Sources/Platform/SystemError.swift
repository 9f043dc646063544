internal import Glibc

/// A system call that failed: what was attempted, and why the kernel refused.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// errno(3).
    public var code: Int32
    /// What was attempted: "listen on 127.0.0.1:10010".
    public var attempt: String

    /// That attempt with that errno.
    public init(code: Int32, attempt: String) {
        self.code = code
        self.attempt = attempt
    }

    /// The error that errno holds now.
    public static func last(_ attempt: String) -> SystemError {
        SystemError(code: errno, attempt: attempt)
    }

    /// errno's usual text, in lower case: "address already in use".
    public var reason: String {
        let text = String(cString: strerror(code))
        return text.prefix(1).lowercased() + text.dropFirst()
    }

    /// "cannot listen on 127.0.0.1:10010: address already in use".
    public var description: String { "cannot \(attempt): \(reason)" }
}

/// Calls again for as long as a signal interrupts (EINTR).
public func retryingInterrupts<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}
