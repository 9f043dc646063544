internal import Dispatch
internal import Platform
internal import Stack
internal import Synchronization

/// Writes files durably on a thread of its own: a disk that takes long, is full or cannot be written holds up no repair.
///
/// Of what is written to one path only the newest counts. What fails is tried again until it succeeds.
final class StateWriter: Sendable {
    private static let retryInterval = DispatchTimeInterval.seconds(2)

    private struct Contents {
        /// What is to be on disk and is not yet, by path; an inner nil is no file at all.
        var pending: [String: [UInt8]?] = [:]
        /// Why the last attempt failed, by path.
        var failing: [String: SystemError] = [:]
        var onChange: (@Sendable () -> Void)?
    }

    private let contents = Mutex(Contents())
    private let queue = DispatchQueue(label: "hale.state")

    /// Why something cannot be written now; nil where all is on disk or about to be.
    var problem: SystemError? {
        contents.withLock { $0.failing.min { $0.key < $1.key }?.value }
    }

    /// Sets who is told, on the writer's thread, that `problem` came or went.
    func connect(_ onChange: @escaping @Sendable () -> Void) {
        contents.withLock { $0.onChange = onChange }
    }

    /// Replaces the file at `path`, or removes it where `bytes` is nil, soon.
    func write(_ bytes: [UInt8]?, to path: String) {
        contents.withLock { $0.pending[path] = .some(bytes) }
        queue.async { self.attempt(path) }
    }

    /// Calls `body` on the writer's thread once everything written before was tried.
    func afterwards(_ body: @escaping @Sendable () -> Void) {
        queue.async(execute: body)
    }

    /// Returns once everything written before was tried, or that much time is over.
    func flush(for patience: Duration) {
        let done = DispatchSemaphore(value: 0)
        queue.async { done.signal() }
        _ = done.wait(timeout: .now() + .nanoseconds(Int(patience.nanoseconds)))
    }

    private func attempt(_ path: String) {
        guard let bytes = contents.withLock({ $0.pending.removeValue(forKey: path) }) else { return }
        do throws(SystemError) {
            if let bytes {
                try writeFileAtomically(bytes, to: path, mode: 0o600)
            } else {
                removeFile(path)
            }
            succeeded(path)
        } catch {
            failed(path, bytes, error)
        }
    }

    private func succeeded(_ path: String) {
        let (isWellAgain, onChange) = contents.withLock { contents in
            (contents.failing.removeValue(forKey: path) != nil && contents.failing.isEmpty, contents.onChange)
        }
        guard isWellAgain else { return }
        Log.write("state can be written again")
        onChange?()
    }

    private func failed(_ path: String, _ bytes: [UInt8]?, _ error: SystemError) {
        let (isFirst, onChange) = contents.withLock { contents in
            // Something newer may have come meanwhile.
            if contents.pending[path] == nil { contents.pending[path] = .some(bytes) }
            defer { contents.failing[path] = error }
            return (contents.failing.isEmpty, contents.onChange)
        }
        if isFirst {
            Log.write("state cannot be written, healing goes on: \(error)")
            onChange?()
        }
        queue.asyncAfter(deadline: .now() + Self.retryInterval) { self.attempt(path) }
    }
}
