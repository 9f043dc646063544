internal import Glibc
internal import Platform
internal import Stack

/// Knows which logs cannot be written, says so in one sentence for all of them, and tries again until they can.
final class LogTrouble {
    private static let retryInterval = Duration.seconds(1)

    private let reactor: Reactor
    private let onBegin: (String) -> Void
    private let onEnd: (String) -> Void
    private var failing: [ObjectIdentifier: LogFile] = [:]
    private var sentence: String?
    private var isRetrying = false

    /// `onBegin` hears the sentence when a first log cannot be written, `onEnd` the same one when all can again.
    init(reactor: Reactor, onBegin: @escaping (String) -> Void, onEnd: @escaping (String) -> Void) {
        self.reactor = reactor
        self.onBegin = onBegin
        self.onEnd = onEnd
    }

    /// Lines of `file` were lost because of `code`, an errno.
    func lost(_ file: LogFile, _ code: Int32) {
        failing[ObjectIdentifier(file)] = file
        if sentence == nil {
            let error = SystemError(code: code, attempt: "write \(file.path)")
            let sentence = "logs cannot be written, the lines that are lost are counted: \(error)"
            self.sentence = sentence
            onBegin(sentence)
        }
        retrySoon()
    }

    private func retrySoon() {
        guard !isRetrying else { return }
        isRetrying = true
        reactor.schedule(at: Instant.now() + Self.retryInterval) { [weak self] in self?.retry() }
    }

    /// A service may have nothing more to say: that its log can be written again must not wait for it.
    private func retry() {
        isRetrying = false
        failing = failing.filter { !$0.value.reportLoss() }
        guard failing.isEmpty else { return retrySoon() }
        if let sentence { onEnd(sentence) }
        sentence = nil
    }
}
