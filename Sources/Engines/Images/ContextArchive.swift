/// The folder of a build as a tar archive that is made while it is sent. All in it is root's, as the docker command has it.
final class ContextArchive {
    private enum State {
        case between
        case within(ContextFileReader, size: Int64)
        case ended
    }

    private static let partSize = 64 << 10

    private let root: String
    private var walk: ContextWalk
    private var state = State.between
    private var ready: [UInt8] = []
    /// Why it could not be made whole.
    private(set) var failure: EngineError?

    /// With these files besides.
    init(_ root: String, _ walk: ContextWalk, adding files: [TarFile]) {
        self.root = root
        self.walk = walk
        ready = Array(TarArchive.archive(of: files).dropLast(TarArchive.end.count))
    }

    /// The next bytes: none at the end, nil where there are no more because of `failure`.
    func next() -> [UInt8]? {
        do throws(EngineError) {
            while ready.count < Self.partSize, try proceed() {}
        } catch {
            failure = error
            return nil
        }
        defer { ready = [] }
        return ready
    }

    /// Makes more ready; false where that was all.
    private func proceed() throws(EngineError) -> Bool {
        switch state {
        case .ended: return false
        case .within(let reader, let size):
            if reader.left > 0 {
                ready += try reader.read(atMost: Self.partSize)
            } else {
                ready += TarArchive.padding(after: size)
                state = .between
            }
        case .between:
            guard let entry = try walk.next() else {
                ready += TarArchive.end
                state = .ended
                return true
            }
            if case .file(let size) = entry.facts.kind {
                // Before its header: an archive that promises what cannot be read is not sent.
                state = .within(try ContextFileReader("\(root)/\(entry.path)", size: size), size: size)
            }
            ready += TarArchive.header(
                of: TarEntry(
                    path: entry.path, kind: entry.facts.kind, mode: entry.facts.mode, modified: entry.facts.modified))
        }
        return true
    }
}
