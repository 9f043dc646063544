internal import Alerting
internal import CCurl
internal import Curl
internal import Stack

/// Tells a URL.
enum HTTPDelivery {
    private static let mostProblem = 200
    /// What of an answer is kept: enough to say why something was refused.
    private static let mostAnswer = 4_096

    static func perform(_ call: AlertRequest.HTTPCall, _ channel: AlertChannel) -> DeliveryOutcome {
        guard let curl = CurlHandle(to: channel, url: call.url, schemes: "http,https") else {
            return .failed("libcurl cannot be started")
        }
        let body = Array(call.body.utf8)
        curl.set(CURLOPT_USERAGENT, "hale/\(HaleVersion.current)")
        curl.set(CURLOPT_POST, 1)
        curl.set(CURLOPT_POSTFIELDSIZE, body.count)
        if call.method != "POST" { curl.set(CURLOPT_CUSTOMREQUEST, call.method) }
        curl.setHeaders(call.headers.map { "\($0.key): \($0.value)" }.sorted())
        if let user = call.user {
            curl.set(CURLOPT_USERNAME, user)
            curl.set(CURLOPT_PASSWORD, call.password ?? "")
        }
        var answer: [UInt8] = []
        curl.receive { part in
            answer += part.prefix(max(0, mostAnswer - answer.count))
            return true
        }
        let result = curl.perform(body)
        return result == CURLE_OK ? outcome(curl, answer) : .failed(curl.problem(result))
    }

    /// What may pass (a busy server, one that is being started, a timeout) is tried again; every other refusal will be the
    /// same the next time.
    private static func outcome(_ curl: CurlHandle, _ answer: [UInt8]) -> DeliveryOutcome {
        let said =
            String(decoding: answer, as: UTF8.self).split(whereSeparator: \.isNewline).first
            .map { ": " + $0.prefix(mostProblem) } ?? ""
        let problem = "status \(curl.status)\(said)"
        switch curl.status {
        case 200..<300: return .delivered
        case 408, 425, 429: return .failed(problem, retryAfter: curl.retryAfter)
        // A redirection of a POST is not followed: it would take the secret elsewhere.
        case 300..<500: return .refused(problem)
        default: return .failed(problem, retryAfter: curl.retryAfter)
        }
    }
}

extension CurlHandle {
    /// For a URL of that channel; nil where libcurl cannot be started.
    convenience init?(to channel: AlertChannel, url: String, schemes: String) {
        self.init()
        set(CURLOPT_URL, url)
        set(CURLOPT_PROTOCOLS_STR, schemes)
        set(CURLOPT_TIMEOUT_MS, channel.timeout)
        set(CURLOPT_CONNECTTIMEOUT_MS, channel.timeout)
        if let authority = channel.authority { set(CURLOPT_CAINFO, authority) }
    }

    /// Why nothing was delivered, as a part of a sentence.
    func problem(_ result: CURLcode) -> String {
        result == CURLE_OPERATION_TIMEDOUT ? "no answer in time" : reason(result).lowercased()
    }
}
