import CertificateKit
import Foundation
import Stack
import Testing

@testable import Compose

/// `x-hale.tls` and `x-hale.upstream_tls`.
@Suite struct TLSTests {
    private let folder: CertificateFolder

    init() throws {
        folder = try CertificateFolder()
        try folder.issue("web", for: "DNS:web")
        try folder.issue("other", for: "DNS:other")
    }

    /// A service with the published port 8443 and that line under `x-hale`, beside the certificates.
    private func text(_ line: String, protocol name: String = "http") -> String {
        """
        services:
          web:
            image: x
            ports: ['8443:80', '8080:80']
            x-hale:
              protocol: \(name)
              \(line)
        secrets:
          key: { file: ./web.key }
          text: { environment: KEY }
        configs:
          certificate: { file: \(folder.path)/web.pem }
        """
    }

    private func traffic(_ line: String, protocol name: String = "http") throws -> TrafficPolicy {
        try text(line, protocol: name).write(toFile: folder.file("compose.yaml"), atomically: true, encoding: .utf8)
        let options = ComposeOptions(files: [], projectName: "demo", environment: [:], currentDirectory: folder.path)
        return try #require(try ComposeProject.load(options).stack().services["web"]).traffic
    }

    private func complaints(_ line: String) throws -> [String] {
        let error = #expect(throws: ComposeError.self) { try traffic(line) }
        return (error?.diagnostics ?? []).map { diagnostic in
            #expect(diagnostic.line == 7)
            return diagnostic.message.replacing("services.web.x-hale.", with: "").replacing(folder.path, with: "")
        }
    }

    private func files(_ name: String) -> CertificateFiles {
        CertificateFiles(certificate: folder.file("\(name).pem"), key: folder.file("\(name).key"))
    }

    @Test func aCertificateIsBesideTheFile() throws {
        let expected = TLSTerminationPolicy(certificates: [files("web")])
        #expect(try traffic("tls: {certificate: web.pem, key: ./web.key}").tls == expected)
        #expect(try traffic("tls: {certificate: {config: certificate}, key: {secret: key}}").tls == expected)
    }

    @Test func allOfItIsSet() throws {
        var expected = TLSTerminationPolicy(certificates: [files("web"), files("other")])
        expected.clientAuthority = folder.file("ca.pem")
        expected.minimumVersion = .v13
        expected.isRequired = true
        expected.ports = [8_443]
        let line =
            "tls: {certificate: web.pem, key: web.key, certificates: [{certificate: other.pem, key: other.key}], "
            + "client_ca: ca.pem, minimum_version: 1.3, required: true, ports: [8443]}"
        #expect(try traffic(line, protocol: "postgres").tls == expected)
    }

    @Test(arguments: ["tls: off", "tls: ", "upstream_tls: off", "upstream_tls: false", "critical: true"])
    func nothingSaidIsNoTLS(line: String) throws {
        let traffic = try traffic(line)
        #expect(traffic.tls == nil && traffic.upstreamTLS == nil)
    }

    @Test func anInstanceIsToProveTheNameOfItsService() throws {
        #expect(try traffic("upstream_tls: true").upstreamTLS == TLSOriginationPolicy(serverName: "web"))
        #expect(try traffic("upstream_tls: {}").upstreamTLS == TLSOriginationPolicy(serverName: "web"))
        var expected = TLSOriginationPolicy(serverName: "inner")
        expected.authority = folder.file("ca.pem")
        expected.certificate = files("web")
        let line = "upstream_tls: {ca: ca.pem, server_name: inner, verify: true, certificate: web.pem, key: web.key}"
        #expect(try traffic(line).upstreamTLS == expected)
        expected = TLSOriginationPolicy(serverName: "web")
        expected.verifies = false
        #expect(try traffic("upstream_tls: {verify: false}").upstreamTLS == expected)
    }

    @Test(arguments: [
        ("tls: true", "tls: expected a mapping with certificate, key, "),
        ("tls: {}", "tls: expected certificate and key, each the path of a PEM file"),
        ("tls: {certificate: web.pem}", "tls: has 'certificate' and no 'key'; expected both"),
        ("tls: {key: web.key}", "tls: has 'key' and no 'certificate'; expected both"),
        ("tls: {certificate: web.pem, key: [a]}", "tls.key: expected the path of a PEM file, { secret: NAME } or "),
        ("tls: {certificate: web.pem, key: {secret: kei}}", "tls.key: there is no 'kei' under secrets"),
        (
            "tls: {certificate: web.pem, key: {secret: text}}",
            "tls.key: 'text' is no file; expected one of secrets that "
        ),
        ("tls: {certificate: missing, key: web.key}", "tls.certificate: /missing cannot be read: no such file or "),
        ("tls: {certificate: web.key, key: web.key}", "tls.certificate: /web.key holds no certificate in PEM form; "),
        ("tls: {certificate: web.pem, key: web.pem}", "tls.key: /web.pem holds no private key in PEM form; "),
        ("tls: {certificate: web.pem, key: other.key}", "tls.key: /other.key is not the key of /web.pem; "),
        (
            "tls: {certificates: [{certificate: web.pem, key: web.key}, {certificate: web.pem, key: other.key}]}",
            "tls.certificates.1.key: /other.key is not the key of /web.pem; "
        ),
        (
            "tls: {certificate: web.pem, key: web.key, client_ca: web.key}",
            "tls.client_ca: /web.key holds no certificate in PEM form; "
        ),
        ("tls: {certificate: web.pem, key: web.key, ports: [80]}", "tls.ports.0: expected one of the published TCP "),
        ("tls: {certificate: web.pem, key: web.key, ports: 8443}", "tls.ports: expected a list of published ports "),
        (
            "tls: {certificate: web.pem, key: web.key, required: true}",
            "tls.required: is for a port that speaks Postgre"
        ),
        (
            "tls: {certificate: web.pem, key: web.key, minimum_version: 1.1}",
            "tls.minimum_version: expected one of 1.2, 1.3, found '1.1'"
        ),
        ("tls: {certificate: web.pem, key: web.key, cyphers: all}", "tls.cyphers: unknown key 'cyphers'"),
        ("upstream_tls: yes please", "upstream_tls: expected true, or a mapping with ca, "),
        ("upstream_tls: {ca: missing}", "upstream_tls.ca: /missing cannot be read: no such file or directory; "),
        ("upstream_tls: {ca: ca.pem, verify: false}", "upstream_tls.ca: is not looked at with verify: false; "),
        ("upstream_tls: {server_name: '*.web'}", "upstream_tls.server_name: expected the name or the address in the "),
        ("upstream_tls: {certificate: web.pem}", "upstream_tls: has 'certificate' and no 'key'; expected both"),
    ])
    func whatIsWrongIsToldWithItsPlace(line: String, complaint: String) throws {
        let complaints = try complaints(line)
        #expect(complaints.count == 1)
        #expect(complaints.first?.hasPrefix(complaint) == true, "\(complaints)")
    }

    @Test func whoPublishesNothingHasNobodyToSpeakItWith() throws {
        let text =
            "services: {web: {image: x, expose: [80], x-hale: {tls: {certificate: '\(folder.file("web.pem"))', "
            + "key: '\(folder.file("web.key"))'}}}}"
        let error = #expect(throws: ComposeError.self) { try load(text).stack() }
        #expect(error?.diagnostics.first?.message.contains("publishes no TCP port") == true)
    }
}
