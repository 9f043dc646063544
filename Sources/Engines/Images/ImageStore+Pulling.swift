internal import FoundationEssentials

extension ImageStore {
    /// Pulls an image, for `platform` where it is said (`linux/arm64`), and tells `progress` how far it is. There is no limit to
    /// the time that takes. Throws `EngineError.failed` for what fails after the engine has begun.
    public func pull(
        _ reference: ImageReference, platform: String? = nil, progress: @escaping (PullProgress) -> Void = { _ in }
    ) throws(EngineError) {
        var query = RequestQuery()
        query.add("fromImage", reference.name)
        // With both it is the digest that says which image it is.
        query.add("tag", reference.digest ?? reference.tag ?? "latest")
        if let platform { query.add("platform", platform.lowercased()) }
        let login = try credentials.login(to: reference.registry)
        let headers = login?.header.map { ["X-Registry-Auth: \($0)"] } ?? []
        var failure: String?
        try stream("/images/create\(query.text)", headers: headers) { message in
            if let text = message.failure {
                failure = text
            } else if let update = PullProgress(message) {
                progress(update)
            }
        }
        if let failure { throw .failed(failure) }
        noteTime(of: reference)
    }

    /// Engines note when an image is given a name, but not when a pull finds it as it was, and old ones not even when it is new.
    /// That this fails costs no more than another pull, so it is ignored.
    private func noteTime(of reference: ImageReference) {
        guard let tag = reference.tag, reference.digest == nil else { return }
        var query = RequestQuery()
        query.add("repo", reference.name)
        query.add("tag", tag)
        let name = EngineSession.escaped(Data(reference.description.utf8))
        let client = session.client
        _ = try? client.send("POST", "\(session.prefix)/images/\(name)/tag\(query.text)", timeout: client.timeout)
    }

    /// Posts, and hands on each line of the answer as it comes.
    func stream(
        _ target: String, headers: [String], upload: CurlTransfer.Upload? = nil,
        _ body: @escaping (StreamMessage) -> Void
    ) throws(EngineError) {
        var lines = JSONLines()
        let (status, answer) = try session.client.exchange(
            "POST", session.prefix + target, timeout: nil, headers: headers, upload: upload
        ) { bytes in
            lines.take(bytes).compactMap(StreamMessage.init).forEach(body)
            return true
        }
        try EngineClient.check(status, answer)
    }
}

extension PullProgress {
    init?(_ message: StreamMessage) {
        guard let status = message.status else { return nil }
        self.init(
            part: message.id, status: status, current: message.progressDetail?.current,
            total: message.progressDetail?.total)
    }
}
