internal import Stack

extension TLSTerminationPolicy: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init(
            certificates: try decoder.list { decoder throws(DecodingFailure) in
                try CertificateFiles(from: &decoder)
            })
        clientAuthority = try decoder.optional { decoder throws(DecodingFailure) in try decoder.text() }
        guard let version = TLSVersion(rawValue: try decoder.text()) else { throw DecodingFailure() }
        minimumVersion = version
        isRequired = try decoder.flag()
        ports = try decoder.optional { decoder throws(DecodingFailure) in
            try decoder.list { decoder throws(DecodingFailure) in try decoder.integer() }
        }
    }

    func encode(to encoder: inout Encoder) {
        encoder.put(certificates) { encoder, files in files.encode(to: &encoder) }
        encoder.put(clientAuthority) { encoder, path in encoder.put(path) }
        encoder.put(minimumVersion.rawValue)
        encoder.put(isRequired)
        encoder.put(ports) { encoder, ports in encoder.put(ports) { encoder, port in encoder.put(port) } }
    }
}

extension TLSOriginationPolicy: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init(serverName: try decoder.text())
        authority = try decoder.optional { decoder throws(DecodingFailure) in try decoder.text() }
        verifies = try decoder.flag()
        certificate = try decoder.optional { decoder throws(DecodingFailure) in try CertificateFiles(from: &decoder) }
    }

    func encode(to encoder: inout Encoder) {
        encoder.put(serverName)
        encoder.put(authority) { encoder, path in encoder.put(path) }
        encoder.put(verifies)
        encoder.put(certificate) { encoder, files in files.encode(to: &encoder) }
    }
}

extension CertificateFiles: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init(certificate: try decoder.text(), key: try decoder.text())
    }

    func encode(to encoder: inout Encoder) {
        encoder.put(certificate)
        encoder.put(key)
    }
}

extension GatewayCounters.Handshakes: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init()
        clients = try Counts(from: &decoder)
        servers = try Counts(from: &decoder)
        certificates = try decoder.list { decoder throws(DecodingFailure) in
            Certificate(file: try decoder.text(), expiry: try decoder.integer())
        }
    }

    func encode(to encoder: inout Encoder) {
        clients.encode(to: &encoder)
        servers.encode(to: &encoder)
        encoder.put(certificates) { encoder, certificate in
            encoder.put(certificate.file)
            encoder.put(certificate.expiry)
        }
    }
}

extension GatewayCounters.Handshakes.Counts: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init()
        succeeded = try decoder.integer()
        for place in failures.indices { failures[place] = try decoder.integer() }
    }

    func encode(to encoder: inout Encoder) {
        encoder.put(succeeded)
        for count in failures { encoder.put(count) }
    }
}
