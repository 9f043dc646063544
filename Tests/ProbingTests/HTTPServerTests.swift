import Foundation
import Stack
import TestFolders
import Testing

@testable import Probing

/// The HTTP probes against a real server, with and without TLS, and against canned HTTP/2.
@Suite struct HTTPServerTests {
    /// Python's http.server, with a certificate for `probe.test` where TLS is asked for.
    private struct Server {
        let folder: TemporaryFolder
        let process: ServerProcess
        let port: UInt16

        init(tls: Bool = false) throws {
            try ServerProcess.require("python3", "openssl")
            folder = TemporaryFolder()
            let script = folder.path + "/server.py"
            try Self.script.write(toFile: script, atomically: false, encoding: .utf8)
            if tls {
                try ServerProcess.run([
                    "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=probe.test",
                    "-keyout", folder.path + "/key.pem", "-out", folder.path + "/certificate.pem",
                ])
            }
            process = try ServerProcess(["python3", "-u", script, tls ? folder.path : ""], ready: "\n")
            port = try #require(UInt16(process.text.prefix { $0.isNumber }))
        }

        private static let script = """
            import http.server, ssl, sys

            class Handler(http.server.BaseHTTPRequestHandler):
                def answer(self):
                    status = {'/down': 503, '/moved': 302}.get(self.path, 200)
                    self.send_response(status)
                    self.send_header('X-State', 'ready')
                    self.send_header('X-Seen', self.command + ' ' + self.headers.get('X-Probe', ''))
                    if self.path == '/moved':
                        self.send_header('Location', '/down')
                    self.end_headers()
                    if self.command == 'HEAD':
                        return
                    try:
                        while True:
                            self.wfile.write(b'status: ok' + b' ' * 1000)
                            if self.path != '/endless':
                                break
                    except OSError:
                        pass
                do_GET = do_HEAD = do_POST = answer
                def log_message(self, *words):
                    pass

            server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
            folder = sys.argv[1]
            if folder:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(folder + '/certificate.pem', folder + '/key.pem')
                server.socket = context.wrap_socket(server.socket, server_side=True)
            print(server.server_address[1])
            server.serve_forever()
            """
    }

    @Test(arguments: [false, true])
    func judgesWhatTheServerAnswers(tls: Bool) throws {
        let server = try Server(tls: tls)
        let rig = try ProbeRig()
        func failure(_ path: String, change: (inout HTTPProbe) -> Void = { _ in }) throws -> String? {
            var probe = HTTPProbe(port: server.port, path: path, tls: tls)
            change(&probe)
            return try rig.failure(of: .http(probe))
        }
        #expect(try failure("/") == nil)
        #expect(try failure("/down") == "status 503, expected 200-399")
        #expect(try failure("/moved") == nil)
        #expect(try failure("/moved") { $0.statuses = 200...200 } == "status 302, expected 200")
        #expect(try failure("/") { $0.bodyContains = "status: ok" } == nil)
        #expect(try failure("/") { $0.bodyContains = "well" } == "body without \"well\"")
        #expect(try failure("/") { $0.headerContains = "x-state: ready" } == nil)
        #expect(try failure("/") { $0.headerContains = "X-State: down" } == "header \"X-State: down\" is missing")
        #expect(try failure("/endless") { $0.bodyContains = "status: ok" } == nil)
        #expect(try failure("/endless") { $0.bodyContains = "well" } == "body without \"well\"")
        for method in ["GET", "HEAD", "POST"] {
            let sent = try failure("/") {
                $0.method = method
                $0.headers = ["X-Probe: hale"]
                $0.headerContains = "X-Seen: \(method) hale"
            }
            #expect(sent == nil)
        }
    }

    @Test func verifiesTheCertificateOnlyWhenAsked() throws {
        let server = try Server(tls: true)
        let probe = HTTPProbe(port: server.port, tls: true, verify: true, headers: ["Host: probe.test"])
        let reason = try ProbeRig().failure(of: .http(probe))
        #expect(reason?.hasPrefix("certificate rejected (") == true)
    }

    @Test func saysThatTLSIsNotSpoken() throws {
        let plain = try Server()
        let reason = try ProbeRig().failure(of: .http(HTTPProbe(port: plain.port, tls: true)))
        #expect(reason?.hasPrefix("TLS handshake failed (") == true)
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\n" + String(repeating: "X-Filler: \(String(repeating: "a", count: 1000))\r\n", count: 400),
        String(repeating: "HTTP/1.1 103 Early Hints\r\nX-Filler: a\r\n\r\n", count: 10_000),
    ])
    func endsOversizedHeaders(answer: String) throws {
        let server = try ScriptedServer(.say(Array(answer.utf8)))
        defer { server.stop() }
        let reason = try #require(try ProbeRig().failure(of: .http(HTTPProbe(port: server.port))))
        #expect(!reason.contains("timed out"))
    }

    @Test func findsTheModelOfAnOllama() throws {
        let body = #"{"version":"0.5.1","models":[{"name":"tinyllama:latest"}]}"#
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        let server = try ScriptedServer(.answer(Array(answer.utf8)))
        defer { server.stop() }
        let rig = try ProbeRig()
        #expect(try rig.failure(of: .ollama(port: server.port, model: nil)) == nil)
        #expect(try rig.failure(of: .ollama(port: server.port, model: "tinyllama")) == nil)
        #expect(try rig.failure(of: .ollama(port: server.port, model: "llama3")) == "model llama3 is missing")
    }

    @Test(
        arguments: [
            ("0", [0, 0, 0, 0, 2, 8, 1], nil), ("0", [0, 0, 0, 0, 2, 8, 2], "serving status NOT_SERVING"),
            ("5", [], "service \"a.B\" is unknown to the server"),
        ] as [(String, [UInt8], String?)])
    func readsMessageAndTrailersOfGRPC(status: String, message: [UInt8], expected: String?) throws {
        let answer = CannedHTTP2.answer(message, trailers: [("grpc-status", status)])
        let server = try ScriptedServer(.reply(answer, cue: "a.B"))
        defer { server.stop() }
        #expect(try ProbeRig().failure(of: .grpc(port: server.port, service: "a.B")) == expected)
    }

    @Test func saysThatHTTP2IsNotSpoken() throws {
        let server = try Server()
        let reason = try ProbeRig().failure(of: .grpc(port: server.port, service: ""))
        #expect(reason != nil && reason?.contains("timed out") == false)
    }
}

/// The bytes of an HTTP/2 server (RFC 9113) that answers the first request, whatever it is.
private enum CannedHTTP2 {
    static func answer(_ message: [UInt8], trailers: [(String, String)]) -> [UInt8] {
        let settings = frame(4, flags: 0, stream: 0, [])
        let acknowledgement = frame(4, flags: 1, stream: 0, [])
        // 0x88 is `:status 200` in HPACK's static table (RFC 7541).
        let headers = frame(1, flags: 4, stream: 1, [0x88] + literal("content-type", "application/grpc"))
        let data = message.isEmpty ? [] : frame(0, flags: 0, stream: 1, message)
        let end = frame(1, flags: 5, stream: 1, trailers.flatMap(literal))
        return settings + acknowledgement + headers + data + end
    }

    private static func frame(_ kind: UInt8, flags: UInt8, stream: UInt32, _ payload: [UInt8]) -> [UInt8] {
        UInt32(payload.count).networkBytes.dropFirst() + [kind, flags] + stream.networkBytes + payload
    }

    private static func literal(_ name: String, _ value: String) -> [UInt8] {
        [0, UInt8(name.utf8.count)] + Array(name.utf8) + [UInt8(value.utf8.count)] + Array(value.utf8)
    }
}
