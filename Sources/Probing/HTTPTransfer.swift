internal import CCurl
internal import Glibc
internal import Platform
internal import Stack

/// One request on its way through libcurl. Lives on the probe thread.
final class HTTPTransfer {
    /// Which job it belongs to.
    let job: UInt64
    let handle: UnsafeMutableRawPointer
    private let request: HTTPRequest
    private let timeout: Duration
    /// Where it is asked from; nil is this process's own network.
    private let network: NetworkNamespace?
    private var lists: [UnsafeMutablePointer<curl_slist>] = []
    private let errorText: UnsafeMutablePointer<CChar>
    private var response = HTTPResponse(status: 0)
    private var headerBytes = 0
    private var isFull = false

    /// An answer with more header bytes than this, interim answers included, is hostile.
    private static let headerLimit = 128 * 1024

    /// Nil where libcurl has no memory or refuses an option. The transfer ends after `remaining`, and says then that the
    /// job's `timeout` is over.
    init?(job: ProbeJob, request: HTTPRequest, remaining: Duration) {
        guard let handle = curl_easy_init() else { return nil }
        self.job = job.number
        self.handle = handle
        self.request = request
        timeout = job.timeout
        network = job.network.map(NetworkNamespace.init)
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        guard prepare(address: job.address, remaining: remaining) else { return nil }
    }

    /// The handle must have left its multi handle.
    deinit {
        curl_easy_cleanup(handle)
        for list in lists { curl_slist_free_all(list) }
        errorText.deallocate()
    }

    /// What came of it, once libcurl says that it is over with `code`.
    func outcome(_ code: CURLcode) -> Result<HTTPResponse, HTTPFailure> {
        guard code == CURLE_OK || (code == CURLE_WRITE_ERROR && isFull) else { return .failure(failure(code)) }
        var status = 0
        guard hale_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK, status > 0 else {
            return .failure(HTTPFailure(reason: "connection closed without an answer"))
        }
        response.status = status
        return .success(response)
    }
}

/// Why there was no answer.
struct HTTPFailure: Error, Equatable {
    var reason: String
}

extension HTTPTransfer {
    private func prepare(address: String, remaining: Duration) -> Bool {
        let host = address.contains(":") ? "[\(address)]" : address
        let scheme = request.tls ? "https" : "http"
        let path = request.path.hasPrefix("/") ? request.path : "/" + request.path
        // To libcurl 0 is for ever, and more than 31 bits are an error.
        let milliseconds = Int(min(max(1, remaining.nanoseconds / 1_000_000), Int64(Int32.max)))
        return set(CURLOPT_URL, "\(scheme)://\(host):\(request.port)\(path)")
            && set(CURLOPT_PROTOCOLS_STR, "http,https")
            && set(CURLOPT_PROXY, "")
            && set(CURLOPT_USERAGENT, "hale")
            && set(CURLOPT_PATH_AS_IS, 1)
            && set(CURLOPT_NOSIGNAL, 1)
            && set(CURLOPT_FRESH_CONNECT, 1)
            && set(CURLOPT_FORBID_REUSE, 1)
            && set(CURLOPT_TIMEOUT_MS, milliseconds)
            && set(CURLOPT_SSL_VERIFYPEER, request.verify ? 1 : 0)
            && set(CURLOPT_SSL_VERIFYHOST, request.verify ? 2 : 0)
            && (!request.http2
                || set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE))
            && prepareNames(host: host) && prepareMethod() && prepareHeaders() && prepareCallbacks()
    }

    /// Over TLS a `Host` header names the server for SNI and for the certificate's check, the address stays the same.
    private func prepareNames(host: String) -> Bool {
        let name = request.headers.compactMap { HTTPResponse.split($0) }.last { $0.name == "host" }?.value
        guard request.tls, let name, !name.isEmpty, !name.contains(":") else { return true }
        let path = request.path.hasPrefix("/") ? request.path : "/" + request.path
        return set(CURLOPT_URL, "https://\(name):\(request.port)\(path)")
            && set(CURLOPT_CONNECT_TO, ["::\(host):\(request.port)"])
    }

    private func prepareMethod() -> Bool {
        let method = request.method.uppercased()
        if method == "HEAD" { return set(CURLOPT_NOBODY, 1) }
        guard method != "GET" || request.body != nil else { return set(CURLOPT_HTTPGET, 1) }
        // Without a body these still announce its length, 0, as servers ask of them.
        if request.body != nil || ["POST", "PUT", "PATCH"].contains(method) {
            var body = request.body ?? []
            // An empty array's address would mean "read the body from a callback".
            if body.isEmpty { body.reserveCapacity(1) }
            let isSet = body.withUnsafeMutableBytes { bytes in
                set(CURLOPT_POSTFIELDSIZE, bytes.count)
                    && hale_curl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, bytes.baseAddress) == CURLE_OK
            }
            guard isSet else { return false }
        }
        return set(CURLOPT_CUSTOMREQUEST, method)
    }

    private func prepareHeaders() -> Bool {
        // No waiting for "100 Continue", which few servers that are probed know.
        set(CURLOPT_HTTPHEADER, ["Expect:"] + request.headers)
    }

    private func prepareCallbacks() -> Bool {
        let pointer = Unmanaged.passUnretained(self).toOpaque()
        return hale_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText) == CURLE_OK
            && hale_curl_set_write(handle, CURLOPT_HEADERFUNCTION, receiveHeader) == CURLE_OK
            && hale_curl_set_pointer(handle, CURLOPT_HEADERDATA, pointer) == CURLE_OK
            && hale_curl_set_write(handle, CURLOPT_WRITEFUNCTION, receiveBody) == CURLE_OK
            && hale_curl_set_pointer(handle, CURLOPT_WRITEDATA, pointer) == CURLE_OK
            && (network == nil
                || hale_curl_set_open_socket(handle, openSocketInNetwork) == CURLE_OK
                    && hale_curl_set_pointer(handle, CURLOPT_OPENSOCKETDATA, pointer) == CURLE_OK)
    }

    private func set(_ option: CURLoption, _ value: Int) -> Bool {
        hale_curl_set_long(handle, option, value) == CURLE_OK
    }

    private func set(_ option: CURLoption, _ value: String) -> Bool {
        hale_curl_set_string(handle, option, value) == CURLE_OK
    }

    private func set(_ option: CURLoption, _ lines: [String]) -> Bool {
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines {
            guard let longer = curl_slist_append(list, line) else {
                curl_slist_free_all(list)
                return false
            }
            list = longer
        }
        if let list { lists.append(list) }
        return hale_curl_set_pointer(handle, option, list) == CURLE_OK
    }
}

extension HTTPTransfer {
    /// A socket for libcurl, which closes it; -1 where there is none.
    fileprivate func openSocket(_ address: curl_sockaddr) -> Int32 {
        network?.socket(family: address.family, kind: address.socktype | Int32(SOCK_CLOEXEC.rawValue)) ?? -1
    }

    /// Takes one header line; false ends the transfer.
    fileprivate func take(header bytes: UnsafeRawBufferPointer) -> Bool {
        headerBytes += bytes.count
        guard headerBytes <= Self.headerLimit else { return false }
        let line = String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") {
            // A status line begins anew what an interim answer said.
            response.headers = []
        } else if line.contains(":") {
            response.headers.append(
                String(line.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()))
        }
        return true
    }

    /// Takes a part of the body; false ends the transfer, which then counts as answered.
    fileprivate func take(body bytes: UnsafeRawBufferPointer) -> Bool {
        let room = request.bodyLimit - response.body.count
        response.body += bytes.prefix(room)
        isFull = bytes.count > room
        return !isFull
    }

    private func failure(_ code: CURLcode) -> HTTPFailure {
        HTTPFailure(reason: reason(code))
    }

    private func reason(_ code: CURLcode) -> String {
        switch code {
        case CURLE_COULDNT_CONNECT: refusal ?? "connection refused"
        case CURLE_OPERATION_TIMEDOUT: "timed out after \(Wording.duration(timeout)) (\(progress))"
        case CURLE_GOT_NOTHING: "connection closed without an answer"
        case CURLE_PARTIAL_FILE: "answer cut short"
        case CURLE_RECV_ERROR, CURLE_SEND_ERROR: refusal ?? "connection lost (\(detail(code)))"
        case CURLE_SSL_CONNECT_ERROR: "TLS handshake failed (\(detail(code)))"
        case CURLE_PEER_FAILED_VERIFICATION: "certificate rejected (\(detail(code)))"
        case CURLE_HTTP2, CURLE_HTTP2_STREAM: "not speaking HTTP/2 (\(detail(code)))"
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY: "not speaking HTTP (\(detail(code)))"
        case CURLE_WRITE_ERROR: "oversized answer headers"
        case CURLE_URL_MALFORMAT: "malformed path or host (\(detail(code)))"
        default: detail(code)
        }
    }

    /// What the kernel said to the last connect, send or receive, where it said something.
    private var refusal: String? {
        var number = 0
        guard hale_curl_get_long(handle, CURLINFO_OS_ERRNO, &number) == CURLE_OK, number != 0 else { return nil }
        return Wording.systemError(Int32(truncatingIfNeeded: number))
    }

    private var progress: String {
        // libcurl sets the time only once the whole connection stands, TLS included.
        var connected: curl_off_t = 0
        guard hale_curl_get_offset(handle, CURLINFO_CONNECT_TIME_T, &connected) == CURLE_OK, connected > 0 else {
            return request.tls ? "no TLS connection" : "not connected"
        }
        return headerBytes == 0 ? "connected, no answer" : "answer incomplete"
    }

    private func detail(_ code: CURLcode) -> String {
        let text = String(cString: errorText)
        return Wording.line(text.isEmpty ? String(cString: curl_easy_strerror(code)) : text)
    }
}

/// libcurl's signature: answering less than it was given ends the transfer.
private func receiveHeader(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ transfer: UnsafeMutableRawPointer?
) -> Int {
    guard let transfer else { return 0 }
    let buffer = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return Unmanaged<HTTPTransfer>.fromOpaque(transfer).takeUnretainedValue().take(header: buffer) ? buffer.count : 0
}

/// See `receiveHeader`.
private func receiveBody(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ transfer: UnsafeMutableRawPointer?
) -> Int {
    guard let transfer else { return 0 }
    let buffer = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return Unmanaged<HTTPTransfer>.fromOpaque(transfer).takeUnretainedValue().take(body: buffer) ? buffer.count : 0
}

/// See `receiveHeader`; what is returned is the socket.
private func openSocketInNetwork(
    _ transfer: UnsafeMutableRawPointer?, _ purpose: curlsocktype, _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> Int32 {
    guard let transfer, let address else { return -1 }
    return Unmanaged<HTTPTransfer>.fromOpaque(transfer).takeUnretainedValue().openSocket(address.pointee)
}
