internal import Alerting
internal import CCurl
internal import Stack

/// Hands a mail to a server, by SMTP (RFC 5321).
enum MailDelivery {
    static func perform(_ mail: AlertRequest.Mail, _ channel: AlertChannel) -> DeliveryOutcome {
        let server = mail.channel
        let scheme = server.encryption == .tls ? "smtps" : "smtp"
        guard
            let curl = CurlHandle(
                url: "\(scheme)://\(server.host):\(server.port)", schemes: "smtp,smtps", channel: channel,
                upload: Array(mail.content.utf8))
        else { return .failed("libcurl cannot be started") }
        // A server that offers no STARTTLS gets neither the password nor the mail.
        if server.encryption == .starttls { curl.set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue)) }
        if let user = server.user {
            curl.set(CURLOPT_USERNAME, user)
            curl.set(CURLOPT_PASSWORD, server.password?.text ?? "")
        }
        curl.set(CURLOPT_MAIL_FROM, "<\(server.from)>")
        curl.set(CURLOPT_MAIL_RCPT, server.to.map { "<\($0)>" })
        curl.upload()
        let (code, problem) = curl.perform()
        guard let problem else { return .delivered }
        return outcome(code, problem, reply: curl.number(CURLINFO_RESPONSE_CODE))
    }

    /// A reply of the form 5yz is the same the next time (RFC 5321, section 4.2.1).
    private static func outcome(_ code: CURLcode, _ problem: String, reply: Int) -> DeliveryOutcome {
        let text = (100..<600).contains(reply) ? "\(problem) (reply \(reply))" : problem
        let isFinal = (500..<600).contains(reply) || code == CURLE_LOGIN_DENIED
        return isFinal ? .refused(text) : .failed(text)
    }
}
