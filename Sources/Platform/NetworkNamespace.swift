internal import CLinux
internal import Glibc

/// An open network namespace (network_namespaces(7)), in which sockets can be made. It lives for as long as this object, a
/// name, a process or a socket in it.
public final class NetworkNamespace {
    private let descriptor: Int32
    /// Which one it is; nil where there is none at that path, and then no socket can be made in it.
    public let identity: FileIdentity?

    /// The namespace at `path`.
    public init(_ path: String) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        var status = stat()
        identity = descriptor >= 0 && fstat(descriptor, &status) == 0 ? FileIdentity(status) : nil
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// As socket(2), but in this namespace.
    public func socket(family: Int32, kind: Int32) -> Int32 {
        hale_socket_in(descriptor, family, kind)
    }

    /// The namespace that a socket is in; nil where the kernel does not say.
    public static func identity(ofSocket socket: Int32) -> FileIdentity? {
        let descriptor = hale_network_of(socket)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        return fstat(descriptor, &status) == 0 ? FileIdentity(status) : nil
    }
}
