internal import Encryption
internal import Stack

/// Reads `x-hale.tls`, by which clients are spoken to, and `x-hale.upstream_tls`, by which instances are. Files that cannot
/// be used are reported here, so that nobody is the first to find out who connects.
struct TLSLowering {
    static let keys = ["tls", "upstream_tls"]

    let hale: Fields
    let service: Service
    let project: ComposeProject

    /// Gives the service's policy both.
    func apply(to traffic: inout TrafficPolicy, _ problems: inout Problems) {
        traffic.tls = termination(&problems)
        traffic.upstreamTLS = origination(&problems)
    }

    // MARK: - Clients

    private func termination(_ problems: inout Problems) -> TLSTerminationPolicy? {
        guard let value = hale["tls"], !hale.isOff("tls") else { return nil }
        let fields = hale.fields("tls")
        fields.allow(
            ["certificate", "key", "certificates", "client_ca", "minimum_version", "required", "ports"], &problems)
        guard value.map != nil, let files = certificates(fields, &problems) else { return nil }
        var policy = TLSTerminationPolicy(certificates: files)
        policy.clientAuthority = file("client_ca", of: fields, &problems)
        policy.minimumVersion = fields.choice("minimum_version", &problems) ?? policy.minimumVersion
        policy.ports = ports(fields, &problems)
        policy.isRequired = isRequired(fields, &problems)
        inspect(TLSServerSettings(policy, protocolName: nil), fields, authorityKey: "client_ca", &problems)
        return policy
    }

    /// The one under `certificate` and `key`, then those under `certificates`; nil where one is wrong or there is none.
    private func certificates(_ fields: Fields, _ problems: inout Problems) -> [CertificateFiles]? {
        var all: [CertificateFiles?] = []
        if fields["certificate"] != nil || fields["key"] != nil { all.append(certificate(fields, &problems)) }
        if let value = fields["certificates"] {
            if value.list == nil {
                problems.report(
                    fields.path + ["certificates"], "expected a list of mappings with certificate and key")
            }
            for (index, value) in (value.list ?? []).enumerated() {
                let own = Fields(value, path: fields.path + ["certificates", "\(index)"])
                own.allow(["certificate", "key"], &problems)
                all.append(certificate(own, &problems))
            }
        }
        if all.isEmpty {
            problems.report(fields.path, "expected certificate and key, each the path of a PEM file")
        }
        let files = all.compactMap { $0 }
        return files.count == all.count && !files.isEmpty ? files : nil
    }

    private func certificate(_ fields: Fields, _ problems: inout Problems) -> CertificateFiles? {
        for (key, other) in [("certificate", "key"), ("key", "certificate")] where fields[key] == nil {
            problems.report(fields.path, "has '\(other)' and no '\(key)'; expected both, each the path of a PEM file")
            return nil
        }
        guard let certificate = file("certificate", of: fields, &problems),
            let key = file("key", of: fields, &problems)
        else { return nil }
        return CertificateFiles(certificate: certificate, key: key)
    }

    private func ports(_ fields: Fields, _ problems: inout Problems) -> [UInt16]? {
        let published = service.ports.filter { $0.transport == "tcp" }
        guard !published.isEmpty else {
            problems.report(
                fields.path, "the service publishes no TCP port; what services send each other is not encrypted")
            return nil
        }
        guard let value = fields["ports"] else { return nil }
        let known = published.compactMap(\.published)
        let path = fields.path + ["ports"]
        guard let list = value.list, !list.isEmpty else {
            problems.report(path, "expected a list of published ports such as [443]")
            return nil
        }
        return list.enumerated().compactMap { index, value in
            if let port = value.scalarText.flatMap(UInt16.init), known.contains(port) { return port }
            let expected = known.isEmpty ? "none" : known.map { "\($0)" }.joined(separator: ", ")
            problems.report(
                path + ["\(index)"],
                "expected one of the published TCP ports (\(expected)), found '\(value.scalarText ?? "a mapping")'")
            return nil
        }
    }

    private func isRequired(_ fields: Fields, _ problems: inout Problems) -> Bool {
        guard let isRequired = fields.flag("required", &problems) else { return false }
        let speaksPostgres = service.ports.contains { service.applicationProtocol(of: $0.target) == .postgres }
        if !speaksPostgres {
            problems.report(
                fields.path + ["required"],
                "is for a port that speaks PostgreSQL; of every other protocol each client has to speak TLS")
        }
        return isRequired
    }

    // MARK: - Instances

    private func origination(_ problems: inout Problems) -> TLSOriginationPolicy? {
        guard let value = hale["upstream_tls"], !hale.isOff("upstream_tls") else { return nil }
        var policy = TLSOriginationPolicy(serverName: service.name)
        guard value != .bool(true) else { return policy }
        let fields = hale.fields("upstream_tls")
        guard value.map != nil else {
            problems.report(
                fields.path, "expected true, or a mapping with ca, server_name, verify, certificate, key")
            return nil
        }
        fields.allow(["ca", "server_name", "verify", "certificate", "key"], &problems)
        policy.authority = file("ca", of: fields, &problems)
        policy.serverName = serverName(fields, &problems) ?? policy.serverName
        policy.verifies = fields.flag("verify", &problems) ?? policy.verifies
        if !policy.verifies, policy.authority != nil {
            problems.report(fields.path + ["ca"], "is not looked at with verify: false; leave out one of them")
        }
        if fields["certificate"] != nil || fields["key"] != nil { policy.certificate = certificate(fields, &problems) }
        inspect(policy, fields, authorityKey: "ca", &problems)
        return policy
    }

    private func serverName(_ fields: Fields, _ problems: inout Problems) -> String? {
        guard let name = fields.string("server_name", &problems) else { return nil }
        let isName = name.utf8.allSatisfy { byte in
            (0x21..<0x7F).contains(byte) && byte != UInt8(ascii: "/") && byte != UInt8(ascii: "*")
        }
        if isName, (1...253).contains(name.utf8.count) { return name }
        problems.report(
            fields.path + ["server_name"],
            "expected the name or the address in the server's certificate, found '\(name)'")
        return nil
    }

    // MARK: - Files

    /// A path, relative to the project's folder, or the file of a secret or a config.
    private func file(_ key: String, of fields: Fields, _ problems: inout Problems) -> String? {
        guard let value = fields[key] else { return nil }
        let path = fields.path + [key]
        if let text = value.scalarText, !text.isEmpty {
            return PathResolution(base: project.directory, home: project.environment["HOME"]).absolute(text)
        }
        for (kind, name) in [("secrets", value.map?["secret"]), ("configs", value.map?["config"])] {
            guard let name = name?.scalarText, value.map?.count == 1 else { continue }
            return source(of: name, kind: kind, path, &problems)
        }
        problems.report(path, "expected the path of a PEM file, { secret: NAME } or { config: NAME }")
        return nil
    }

    private func source(of name: String, kind: String, _ path: [String], _ problems: inout Problems) -> String? {
        let all = project.model[kind]?.map ?? ComposeMap()
        guard let definition = all[name] else {
            problems.report(path, "there is no '\(name)' under \(kind)", hint: nearest(name, in: all.keys))
            return nil
        }
        guard let file = definition.map?["file"]?.scalarText else {
            problems.report(path, "'\(name)' is no file; expected one of \(kind) that has 'file'")
            return nil
        }
        return file
    }

    private func inspect(
        _ settings: some TLSSettings, _ fields: Fields, authorityKey: String, _ problems: inout Problems
    ) {
        do {
            _ = try settings.context()
        } catch {
            problems.report(place(of: error, fields, authorityKey), error.description)
        }
    }

    /// Where the file says what the error is about.
    private func place(of error: CertificateError, _ fields: Fields, _ authorityKey: String) -> [String] {
        let key =
            switch error.role {
            case .certificate: "certificate"
            case .key: "key"
            case .authority: authorityKey
            }
        var unread = Problems(project: project)
        for index in (fields["certificates"]?.list ?? []).indices {
            let own = Fields(fields["certificates"]?.list?[index], path: fields.path + ["certificates", "\(index)"])
            if file(key, of: own, &unread) == error.file { return own.path + [key] }
        }
        return fields.path + [key]
    }
}
