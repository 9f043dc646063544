internal import Stack

/// The cookie that a session is known by. A script cannot read it and no other site's page can send it.
struct SessionCookie: Equatable {
    /// Cookies of one host are shared by all its ports, so each stack has one by a name of its own.
    let name: String

    init(stack: String) {
        name = "hale_session_" + stack.filter { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) }
    }

    /// The session's id in the `Cookie` headers of a request, if there is exactly one.
    func id(in headers: [String]) -> String? {
        let pairs: [Substring] = headers.flatMap { (header: String) in header.split(separator: ";") }
        let values = pairs.compactMap { (pair: Substring) -> Substring? in
            let trimmed = pair.drop { $0 == " " }
            return trimmed.hasPrefix(name + "=") ? trimmed.dropFirst(name.utf8.count + 1) : nil
        }
        guard values.count == 1, let id = values.first, id.utf8.count <= 200 else { return nil }
        return String(id)
    }

    /// The `Set-Cookie` header that has a browser keep it.
    func setting(_ id: String, for lifetime: Duration) -> String {
        "\(name)=\(id); Path=/; HttpOnly; SameSite=Strict; Max-Age=\(Int(lifetime.seconds))"
    }

    /// The `Set-Cookie` header that has a browser drop it.
    var removal: String { "\(name)=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0" }
}
