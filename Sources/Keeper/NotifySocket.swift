internal import CLinux
internal import Glibc
internal import Platform
internal import Wire

/// Receives an instance's sd_notify(3) messages.
final class NotifySocket {
    let path: String
    private let reactor: Reactor
    private let descriptor: Int32
    private var registration: Registration?
    /// Who may send besides Hale's own user.
    private var owner: Credentials?

    /// A datagram socket at `path`.
    init(path: String, reactor: Reactor, onMessage: @escaping (String) -> Void) throws(SystemError) {
        self.path = path
        self.reactor = reactor
        descriptor = try datagramSocket(at: path)
        registration = try reactor.register(descriptor, for: .read) { [weak self] _ in self?.receive(onMessage) }
    }

    deinit {
        if let registration { reactor.remove(registration) }
        close(descriptor)
    }

    /// Lets the user the instance runs as, and nobody else, send.
    func give(to owner: Credentials?) {
        guard ProcessFacts.isRoot, owner != self.owner else { return }
        self.owner = owner
        chown(path, owner?.user ?? 0, owner?.group ?? 0)
    }

    func removeFile() {
        unlink(path)
    }

    private func receive(_ onMessage: (String) -> Void) {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        for _ in 0..<64 {
            // A descriptor that comes along (FDSTORE=1) is not kept: nothing here gives it back.
            var passed: Int32 = -1
            let count = retryingInterrupts { hale_receive_with_descriptor(descriptor, &buffer, buffer.count, &passed) }
            if passed >= 0 { close(passed) }
            guard count > 0 else { return }
            onMessage(String(decoding: buffer[..<count], as: UTF8.self))
        }
    }
}
