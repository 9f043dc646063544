internal import CCurl
internal import Curl
internal import Glibc
internal import Stack

/// One HTTP request, by libcurl.
enum CurlExchange {
    struct Answer {
        var status: Int
        var contentType: String
        var body: [UInt8]
    }

    enum Outcome {
        case answer(Answer)
        /// Nobody could be connected to, for that `errno`.
        case notConnected(Int32)
        case timedOut
        /// The connection ended before the answer did.
        case interrupted
        case broken(String)
    }

    /// Larger answers are cut off: nothing the API says comes near it.
    private static let answerLimit = 256 << 20

    /// GETs `path` over a unix socket, or POSTs `body` to it.
    static func run(socketPath: String, path: String, body: [UInt8]?, userAgent: String, timeout: Duration) -> Outcome {
        run(
            socketPath: socketPath, url: "http://localhost" + path, body: body, userAgent: userAgent, timeout: timeout)
    }

    /// GETs `url`, or POSTs `body` to it; `socketPath` is connected to in place of its host.
    static func run(socketPath: String?, url: String, body: [UInt8]?, userAgent: String, timeout: Duration) -> Outcome {
        guard let curl = CurlHandle() else { return .broken("libcurl cannot be started") }
        if let socketPath { curl.set(CURLOPT_UNIX_SOCKET_PATH, socketPath) }
        curl.set(CURLOPT_URL, url)
        curl.set(CURLOPT_PROXY, "")
        curl.set(CURLOPT_USERAGENT, userAgent)
        curl.set(CURLOPT_TIMEOUT_MS, timeout)
        if let body {
            curl.setHeaders(["Content-Type: application/json"])
            curl.set(CURLOPT_POST, 1)
            curl.set(CURLOPT_POSTFIELDSIZE, body.count)
        }
        var received: [UInt8] = []
        curl.receive { part in
            guard received.count + part.count <= answerLimit else { return false }
            received.append(contentsOf: part)
            return true
        }
        let result = curl.perform(body ?? [])
        return outcome(result, curl, received)
    }

    private static func outcome(_ result: CURLcode, _ curl: CurlHandle, _ body: [UInt8]) -> Outcome {
        switch result {
        case CURLE_OK:
            return .answer(Answer(status: curl.status, contentType: curl.text(CURLINFO_CONTENT_TYPE), body: body))
        case CURLE_OPERATION_TIMEDOUT: return .timedOut
        case CURLE_COULDNT_CONNECT: return .notConnected(curl.connectError)
        case CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE: return .interrupted
        default: return .broken(curl.reason(result))
        }
    }
}

extension ControlClient {
    /// What it means that the socket could not be connected to.
    func connectionError(_ code: Int32) -> ControlClientError {
        switch code {
        case ENOENT, ECONNREFUSED, ENOTDIR: .notRunning(socket: socketPath)
        case EACCES, EPERM: .forbidden(socket: socketPath)
        // It was accepted, and closed before anything could be sent.
        case 0: .interrupted(socket: socketPath)
        case EAGAIN: .noAnswer(socket: socketPath, timeout: .zero)
        default: .unexpected("cannot connect to \(socketPath): \(String(cString: strerror(code)))")
        }
    }
}
