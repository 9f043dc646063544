internal import CCurl
internal import Glibc
internal import Stack

/// One HTTP exchange, by libcurl, on the thread that calls.
final class CurlTransfer {
    struct Request {
        let method: String
        let url: String
        /// The unix socket that is connected to in place of the URL's host.
        var socket: String?
        var tls: EngineEndpoint.TLSFiles?
        /// What to send.
        var body: [UInt8]?
        /// What that is.
        var contentType = "application/json"
        /// More headers, `NAME: VALUE`.
        var headers: [String] = []
        /// What is sent in place of `body`.
        var upload: Upload?
        /// How long all of it may take; nil is for ever.
        var timeout: Duration?
    }

    /// A body of unknown size, sent as it is made.
    struct Upload {
        let type: String
        /// The next bytes: none at the end, nil to send no more and fail.
        let next: () -> [UInt8]?
    }

    enum Failure: Error {
        case unreachable(String)
        case timedOut
    }

    private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
    private static let answerLimit = 64 << 20
    private static let connectLimit = 5_000

    private let handle: UnsafeMutableRawPointer
    private let body: [UInt8]
    private let upload: Upload?
    private var unsent: ArraySlice<UInt8> = []
    private var headers: UnsafeMutablePointer<curl_slist>?
    private var bytes: [UInt8] = []
    /// Takes the body of a good answer as it comes, and says whether more is wanted.
    private let sink: (([UInt8]) -> Bool)?
    private var wasEndedByReader = false

    /// `sink` takes the answer where it is not to be kept.
    init(_ request: Request, sink: (([UInt8]) -> Bool)? = nil) throws(Failure) {
        guard Self.isLibraryReady, let handle = curl_easy_init() else {
            throw .unreachable("libcurl cannot be started")
        }
        self.handle = handle
        self.sink = sink
        body = request.body ?? []
        upload = request.upload
        hale_curl_set_string(handle, CURLOPT_URL, request.url)
        if let socket = request.socket { hale_curl_set_string(handle, CURLOPT_UNIX_SOCKET_PATH, socket) }
        hale_curl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        hale_curl_set_string(handle, CURLOPT_USERAGENT, "hale/\(HaleVersion.current)")
        hale_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        hale_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, Self.connectLimit)
        if let timeout = request.timeout {
            hale_curl_set_long(handle, CURLOPT_TIMEOUT_MS, max(1, Int(timeout.seconds * 1000)))
        }
        if let tls = request.tls { secure(tls) }
        switch request.method {
        case "GET": break
        case "HEAD": hale_curl_set_long(handle, CURLOPT_NOBODY, 1)
        default: prepareBody(request)
        }
        receive()
    }

    deinit {
        curl_easy_cleanup(handle)
        curl_slist_free_all(headers)
    }

    private func secure(_ files: EngineEndpoint.TLSFiles) {
        hale_curl_set_string(handle, CURLOPT_CAINFO, files.authority)
        hale_curl_set_string(handle, CURLOPT_SSLCERT, files.certificate)
        hale_curl_set_string(handle, CURLOPT_SSLKEY, files.key)
        hale_curl_set_long(handle, CURLOPT_SSL_VERIFYPEER, files.verify ? 1 : 0)
        hale_curl_set_long(handle, CURLOPT_SSL_VERIFYHOST, files.verify ? 2 : 0)
    }

    private func prepareBody(_ request: Request) {
        hale_curl_set_long(handle, CURLOPT_POST, 1)
        if request.method != "POST" { hale_curl_set_string(handle, CURLOPT_CUSTOMREQUEST, request.method) }
        hale_curl_set_long(handle, CURLOPT_POSTFIELDSIZE, upload == nil ? body.count : -1)
        headers = curl_slist_append(nil, "Content-Type: \(upload?.type ?? request.contentType)")
        for header in request.headers { headers = curl_slist_append(headers, header) }
        if upload != nil { prepareUpload() }
        // Left to itself curl asks by `Expect` and would wait a second for leave to send a large body.
        headers = curl_slist_append(headers, "Expect:")
        hale_curl_set_pointer(handle, CURLOPT_HTTPHEADER, headers)
    }

    private func prepareUpload() {
        headers = curl_slist_append(headers, "Transfer-Encoding: chunked")
        hale_curl_set_pointer(handle, CURLOPT_READDATA, Unmanaged.passUnretained(self).toOpaque())
        // What reads and what writes have the same arguments.
        hale_curl_set_write(handle, CURLOPT_READFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return Int(CURL_READFUNC_ABORT) }
            let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
            return transfer.give(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
        }
    }

    private func give(_ room: UnsafeMutableRawBufferPointer) -> Int {
        if unsent.isEmpty {
            guard let next = upload?.next() else { return Int(CURL_READFUNC_ABORT) }
            unsent = next[...]
        }
        let part = unsent.prefix(room.count)
        room.copyBytes(from: part)
        unsent = unsent.dropFirst(part.count)
        return part.count
    }

    private func receive() {
        hale_curl_set_pointer(handle, CURLOPT_WRITEDATA, Unmanaged.passUnretained(self).toOpaque())
        hale_curl_set_write(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
            return transfer.take(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
        }
    }

    private func take(_ part: UnsafeRawBufferPointer) -> Bool {
        if let sink, status < 300 {
            wasEndedByReader = !sink(Array(part))
            return !wasEndedByReader
        }
        guard bytes.count + part.count <= Self.answerLimit else { return false }
        bytes.append(contentsOf: part)
        return true
    }

    /// The status and the body of the answer.
    func perform() throws(Failure) -> (status: Int, body: [UInt8]) {
        let result = body.withUnsafeBytes { bytes in
            if !bytes.isEmpty {
                hale_curl_set_pointer(handle, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
            }
            return withExtendedLifetime(self) { curl_easy_perform(handle) }
        }
        switch result {
        case CURLE_OK: return (status, bytes)
        case CURLE_WRITE_ERROR where wasEndedByReader: return (status, bytes)
        case CURLE_OPERATION_TIMEDOUT: throw .timedOut
        case CURLE_COULDNT_CONNECT:
            let code = Int32(truncatingIfNeeded: number(CURLINFO_OS_ERRNO))
            throw .unreachable(code == 0 ? "nobody answers" : String(cString: strerror(code)))
        default: throw .unreachable(String(cString: curl_easy_strerror(result)))
        }
    }

    private var status: Int { number(CURLINFO_RESPONSE_CODE) }

    private func number(_ info: CURLINFO) -> Int {
        var value = 0
        hale_curl_get_long(handle, info, &value)
        return value
    }
}
