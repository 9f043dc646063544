internal import CCurl
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

    private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    private final class Received {
        var bytes: [UInt8] = []
    }

    /// GETs `path` over a unix socket, or POSTs `body` to it.
    static func run(socketPath: String, path: String, body: [UInt8]?, userAgent: String, timeout: Duration) -> Outcome {
        run(
            socketPath: socketPath, url: "http://localhost" + path, body: body, userAgent: userAgent, timeout: timeout)
    }

    /// GETs `url`, or POSTs `body` to it; `socketPath` is connected to in place of its host.
    static func run(socketPath: String?, url: String, body: [UInt8]?, userAgent: String, timeout: Duration) -> Outcome {
        guard isLibraryReady, let handle = curl_easy_init() else { return .broken("libcurl cannot be started") }
        defer { curl_easy_cleanup(handle) }
        let received = Received()
        prepare(handle, socketPath: socketPath, url: url, timeout: timeout)
        hale_curl_set_string(handle, CURLOPT_USERAGENT, userAgent)
        hale_curl_set_pointer(handle, CURLOPT_WRITEDATA, Unmanaged.passUnretained(received).toOpaque())
        let result = withExtendedLifetime(received) { perform(handle, body: body) }
        return outcome(of: result, handle: handle, body: received.bytes)
    }

    private static func prepare(_ handle: UnsafeMutableRawPointer, socketPath: String?, url: String, timeout: Duration)
    {
        if let socketPath { hale_curl_set_string(handle, CURLOPT_UNIX_SOCKET_PATH, socketPath) }
        hale_curl_set_string(handle, CURLOPT_URL, url)
        hale_curl_set_string(handle, CURLOPT_PROXY, "")
        hale_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        hale_curl_set_long(handle, CURLOPT_TIMEOUT_MS, max(1, Int(timeout.seconds * 1000)))
        hale_curl_set_write(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let received = Unmanaged<Received>.fromOpaque(context).takeUnretainedValue()
            guard received.bytes.count + size * count <= CurlExchange.answerLimit else { return 0 }
            received.bytes.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: size * count))
            return size * count
        }
    }

    private static func perform(_ handle: UnsafeMutableRawPointer, body: [UInt8]?) -> CURLcode {
        guard let body else { return curl_easy_perform(handle) }
        // Left to itself curl asks by `Expect` and would wait a second for leave to send a large body.
        var headers = curl_slist_append(nil, "Content-Type: application/json")
        headers = curl_slist_append(headers, "Expect:")
        defer { curl_slist_free_all(headers) }
        hale_curl_set_pointer(handle, CURLOPT_HTTPHEADER, headers)
        hale_curl_set_long(handle, CURLOPT_POST, 1)
        hale_curl_set_long(handle, CURLOPT_POSTFIELDSIZE, body.count)
        return body.withUnsafeBytes { bytes in
            hale_curl_set_pointer(handle, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
            return curl_easy_perform(handle)
        }
    }

    private static func outcome(of result: CURLcode, handle: UnsafeMutableRawPointer, body: [UInt8]) -> Outcome {
        switch result {
        case CURLE_OK:
            return .answer(
                Answer(
                    status: number(handle, CURLINFO_RESPONSE_CODE), contentType: contentType(handle), body: body))
        case CURLE_OPERATION_TIMEDOUT: return .timedOut
        case CURLE_COULDNT_CONNECT:
            return .notConnected(Int32(truncatingIfNeeded: number(handle, CURLINFO_OS_ERRNO)))
        case CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE: return .interrupted
        default: return .broken(String(cString: curl_easy_strerror(result)))
        }
    }

    private static func number(_ handle: UnsafeMutableRawPointer, _ info: CURLINFO) -> Int {
        var value = 0
        hale_curl_get_long(handle, info, &value)
        return value
    }

    private static func contentType(_ handle: UnsafeMutableRawPointer) -> String {
        var pointer: UnsafeMutableRawPointer?
        hale_curl_get_pointer(handle, CURLINFO_CONTENT_TYPE, &pointer)
        return pointer.map { String(cString: $0.assumingMemoryBound(to: CChar.self)) } ?? ""
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
