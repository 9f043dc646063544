internal import CMicroHTTPD

/// A request's head as the library has it.
enum RequestReading {
    static func head(
        of connection: OpaquePointer, method: UnsafePointer<CChar>, path: UnsafePointer<CChar>, kind: HTTPDaemon.Kind
    ) -> RequestHead {
        let descriptor = hale_mhd_descriptor(connection)
        let transport: RequestHead.Transport
        let peer: String?
        switch kind {
        case .unix:
            transport = .unix
            peer = Peer.user(of: descriptor)
        case .tcp:
            transport = .tcp(localAddress: LocalAddress.text(of: descriptor))
            peer = Peer.address(of: descriptor)
        }
        return RequestHead(
            method: String(cString: method), path: String(cString: path),
            query: values(of: connection, .GET_ARGUMENT_KIND).map { .init(name: $0.name, value: $0.value) },
            headers: values(of: connection, .HEADER_KIND).map { .init(name: $0.name, value: $0.value ?? "") },
            transport: transport, peer: peer)
    }

    private final class NamedValues {
        var entries: [(name: String, value: String?)] = []
    }

    private static func values(
        of connection: OpaquePointer, _ kind: MHD_ValueKind
    ) -> [(name: String, value: String?)] {
        let collected = NamedValues()
        MHD_get_connection_values(
            connection, kind,
            { context, _, name, value in
                guard let context, let name else { return .NO }
                Unmanaged<NamedValues>.fromOpaque(context).takeUnretainedValue().entries
                    .append((name: String(cString: name), value: value.map { String(cString: $0) }))
                return .YES
            }, Unmanaged.passUnretained(collected).toOpaque())
        return withExtendedLifetime(collected) { collected.entries }
    }
}
