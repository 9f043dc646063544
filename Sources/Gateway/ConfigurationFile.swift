internal import Glibc
internal import Platform
internal import Wire

/// The file that a new gateway starts from. It holds a whole configuration.
struct ConfigurationFile {
    let path: String

    /// What is there; nil where there is none or it is not one.
    func load() -> GatewayConfiguration? {
        guard let bytes = try? readWholeFile(path) else { return nil }
        let configuration = GatewayConfiguration(decoding: bytes)
        if configuration == nil { Log.write("ignoring \(path), which is no configuration of this version") }
        return configuration
    }

    /// Replaces it whole. Nothing waits for the disk: clients would, and the file need not outlive the host.
    func save(_ bytes: [UInt8]) {
        let draft = path + ".new"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return fail() }
        let written = write(descriptor, bytes, bytes.count)
        close(descriptor)
        guard written == bytes.count, rename(draft, path) == 0 else { return fail() }
    }

    private func fail() {
        Log.write("ignoring that the configuration cannot be kept: \(SystemError.last("write \(path)"))")
    }
}
