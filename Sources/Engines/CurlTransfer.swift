internal import CCurl
internal import Curl
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

    private static let answerLimit = 64 << 20
    private static let connectLimit = Duration.seconds(5)

    private let curl: CurlHandle
    private let body: [UInt8]
    private var bytes: [UInt8] = []
    /// Takes the body of a good answer as it comes, and says whether more is wanted.
    private let sink: (([UInt8]) -> Bool)?
    private var wasEndedByReader = false

    /// `sink` takes the answer where it is not to be kept.
    init(_ request: Request, sink: (([UInt8]) -> Bool)? = nil) throws(Failure) {
        guard let curl = CurlHandle() else { throw .unreachable("libcurl cannot be started") }
        self.curl = curl
        self.sink = sink
        body = request.body ?? []
        curl.set(CURLOPT_URL, request.url)
        if let socket = request.socket { curl.set(CURLOPT_UNIX_SOCKET_PATH, socket) }
        curl.set(CURLOPT_PROTOCOLS_STR, "http,https")
        curl.set(CURLOPT_USERAGENT, "hale/\(HaleVersion.current)")
        curl.set(CURLOPT_CONNECTTIMEOUT_MS, Self.connectLimit)
        if let timeout = request.timeout { curl.set(CURLOPT_TIMEOUT_MS, timeout) }
        if let tls = request.tls { secure(tls) }
        switch request.method {
        case "GET": break
        case "HEAD": curl.set(CURLOPT_NOBODY, 1)
        default: prepareBody(request)
        }
        curl.receive { [unowned self] in take($0) }
    }

    private func secure(_ files: EngineEndpoint.TLSFiles) {
        curl.set(CURLOPT_CAINFO, files.authority)
        curl.set(CURLOPT_SSLCERT, files.certificate)
        curl.set(CURLOPT_SSLKEY, files.key)
        curl.set(CURLOPT_SSL_VERIFYPEER, files.verify ? 1 : 0)
        curl.set(CURLOPT_SSL_VERIFYHOST, files.verify ? 2 : 0)
    }

    private func prepareBody(_ request: Request) {
        curl.set(CURLOPT_POST, 1)
        if request.method != "POST" { curl.set(CURLOPT_CUSTOMREQUEST, request.method) }
        curl.set(CURLOPT_POSTFIELDSIZE, request.upload == nil ? body.count : -1)
        let type = "Content-Type: \(request.upload?.type ?? request.contentType)"
        curl.setHeaders([type] + request.headers + (request.upload == nil ? [] : ["Transfer-Encoding: chunked"]))
        if let upload = request.upload { prepareUpload(upload) }
    }

    private func prepareUpload(_ upload: Upload) {
        var unsent: ArraySlice<UInt8> = []
        curl.send { room in
            if unsent.isEmpty {
                guard let next = upload.next() else { return nil }
                unsent = next[...]
            }
            let part = unsent.prefix(room.count)
            room.copyBytes(from: part)
            unsent = unsent.dropFirst(part.count)
            return part.count
        }
    }

    private func take(_ part: UnsafeRawBufferPointer) -> Bool {
        if let sink, curl.status < 300 {
            wasEndedByReader = !sink(Array(part))
            return !wasEndedByReader
        }
        guard bytes.count + part.count <= Self.answerLimit else { return false }
        bytes.append(contentsOf: part)
        return true
    }

    /// The status and the body of the answer.
    func perform() throws(Failure) -> (status: Int, body: [UInt8]) {
        let result = withExtendedLifetime(self) { curl.perform(body) }
        switch result {
        case CURLE_OK: return (curl.status, bytes)
        case CURLE_WRITE_ERROR where wasEndedByReader: return (curl.status, bytes)
        case CURLE_OPERATION_TIMEDOUT: throw .timedOut
        default: throw .unreachable(curl.reason(result))
        }
    }
}
