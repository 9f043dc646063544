internal import Alerting
internal import CCurl
internal import Stack

/// Tells a URL.
enum HTTPDelivery {
    private static let mostProblem = 200

    static func perform(_ call: AlertRequest.HTTPCall, _ channel: AlertChannel) -> DeliveryOutcome {
        guard let curl = CurlHandle(url: call.url, schemes: "http,https", channel: channel) else {
            return .failed("libcurl cannot be started")
        }
        let body = Array(call.body.utf8)
        curl.set(CURLOPT_USERAGENT, "hale/\(HaleVersion.current)")
        curl.set(CURLOPT_POST, 1)
        curl.set(CURLOPT_POSTFIELDSIZE, body.count)
        if call.method != "POST" { curl.set(CURLOPT_CUSTOMREQUEST, call.method) }
        // Left to itself curl asks by `Expect` and would wait a second for leave to send a large body.
        curl.set(CURLOPT_HTTPHEADER, call.headers.map { "\($0.key): \($0.value)" }.sorted() + ["Expect:"])
        if let user = call.user {
            curl.set(CURLOPT_USERNAME, user)
            curl.set(CURLOPT_PASSWORD, call.password ?? "")
        }
        if let problem = curl.perform(body).problem { return .failed(problem) }
        return outcome(curl)
    }

    /// What may pass (a busy server, one that is being started, a timeout) is tried again; every other refusal will be the
    /// same the next time.
    private static func outcome(_ curl: CurlHandle) -> DeliveryOutcome {
        let status = curl.number(CURLINFO_RESPONSE_CODE)
        let said =
            String(decoding: curl.answer, as: UTF8.self).split(whereSeparator: \.isNewline).first
            .map { ": " + $0.prefix(mostProblem) } ?? ""
        let problem = "status \(status)\(said)"
        switch status {
        case 200..<300: return .delivered
        case 408, 425, 429: return .failed(problem, retryAfter: curl.retryAfter)
        // A redirection of a POST is not followed: it would take the secret elsewhere.
        case 300..<500: return .refused(problem)
        default: return .failed(problem, retryAfter: curl.retryAfter)
        }
    }
}
