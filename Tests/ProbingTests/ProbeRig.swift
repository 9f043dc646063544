import Foundation
import Stack
import Synchronization
import Testing

@testable import Probing

/// A prober whose completions run when the test waits for them, on the test's own thread.
final class ProbeRig {
    /// Closures on their way from the probe thread to the test's.
    private final class Queue: Sendable {
        private let closures = Mutex<[@Sendable () -> Void]>([])
        private let arrived = DispatchSemaphore(value: 0)

        func post(_ closure: @escaping @Sendable () -> Void) {
            closures.withLock { $0.append(closure) }
            arrived.signal()
        }

        /// Runs the next closure, or answers false if none comes in time.
        func runNext(within seconds: Double) -> Bool {
            guard arrived.wait(timeout: .now() + seconds) == .success else { return false }
            let closure = closures.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            closure?()
            return true
        }
    }

    private let queue = Queue()
    let prober: Prober

    init() throws {
        prober = try Prober(post: { [queue] in queue.post($0) })
    }

    /// Runs one completion, or answers false if none comes in time.
    @discardableResult func runNext(within seconds: Double = 30) -> Bool {
        queue.runNext(within: seconds)
    }

    /// What the probe finds.
    func outcome(
        of probe: Probe, address: String = "127.0.0.1", timeout: Duration = .seconds(10)
    ) throws -> ProbeOutcome {
        var outcome: ProbeOutcome?
        let prober = prober
        _ = prober.start(probe, address: address, timeout: timeout) { outcome = $0 }
        while outcome == nil, runNext() {}
        return try #require(outcome, "no completion")
    }

    /// The reason why the probe fails; nil where it passes.
    func failure(
        of probe: Probe, address: String = "127.0.0.1", timeout: Duration = .seconds(10)
    ) throws -> String? {
        switch try outcome(of: probe, address: address, timeout: timeout) {
        case .passed: nil
        case .failed(let reason): reason
        }
    }
}
