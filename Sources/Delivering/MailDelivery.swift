internal import Alerting
internal import CCurl
internal import Curl
internal import Stack

/// Hands a mail to a server, by SMTP (RFC 5321).
enum MailDelivery {
    static func perform(_ mail: AlertRequest.Mail, _ channel: AlertChannel) -> DeliveryOutcome {
        let server = mail.channel
        let scheme = server.encryption == .tls ? "smtps" : "smtp"
        guard
            let curl = CurlHandle(
                to: channel, url: "\(scheme)://\(server.host):\(server.port)", schemes: "smtp,smtps")
        else { return .failed("libcurl cannot be started") }
        // A server that offers no STARTTLS gets neither the password nor the mail.
        if server.encryption == .starttls { curl.set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue)) }
        if let user = server.user {
            curl.set(CURLOPT_USERNAME, user)
            curl.set(CURLOPT_PASSWORD, server.password?.text ?? "")
        }
        curl.set(CURLOPT_MAIL_FROM, "<\(server.from)>")
        curl.set(CURLOPT_MAIL_RCPT, server.to.map { "<\($0)>" })
        curl.set(CURLOPT_UPLOAD, 1)
        var unsent = Array(mail.content.utf8)[...]
        curl.send { room in
            let part = unsent.prefix(room.count)
            room.copyBytes(from: part)
            unsent = unsent.dropFirst(part.count)
            return part.count
        }
        let result = curl.perform()
        return result == CURLE_OK ? .delivered : outcome(result, curl.problem(result), reply: curl.status)
    }

    /// A reply of the form 5yz is the same the next time (RFC 5321, section 4.2.1).
    private static func outcome(_ code: CURLcode, _ problem: String, reply: Int) -> DeliveryOutcome {
        let text = (100..<600).contains(reply) ? "\(problem) (reply \(reply))" : problem
        let isFinal = (500..<600).contains(reply) || code == CURLE_LOGIN_DENIED
        return isFinal ? .refused(text) : .failed(text)
    }
}
