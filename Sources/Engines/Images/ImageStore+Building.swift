public import Stack

extension ImageStore {
    /// Builds an image with the engine's own builder and hands on each line that it prints. There is no limit to the time that
    /// takes. Returns the image's digest in the engine, where that is said.
    ///
    /// The folder is sent while it is read, without what its `.dockerignore` leaves out; a file beside the Dockerfile with its
    /// name and `.dockerignore` after it comes first. Throws `EngineError.prevented` for what cannot be read on this side and
    /// `EngineError.failed` with its step for what fails on the other.
    @discardableResult
    public func build(
        _ build: ImageBuild, progress: @escaping (String) -> Void = { _ in }
    ) throws(EngineError) -> String? {
        let (logins, troubles) = try credentials.all()
        for trouble in troubles { progress("going on without a login: \(trouble)") }
        let config = logins.isEmpty ? nil : RegistryLogin.header(logins)
        let headers = config.map { ["X-Registry-Config: \($0)"] } ?? []
        guard build.context.hasPrefix("/") else {
            guard build.inlineDockerfile == nil else {
                throw .prevented("an inline Dockerfile needs a folder here as its context, not \(build.context)")
            }
            let query = RequestQuery(of: build, dockerfile: build.dockerfile)
            return try run(query, headers: headers, upload: nil, progress)
        }
        let context = try BuildContext(
            folder: build.context, dockerfile: build.dockerfile, inline: build.inlineDockerfile)
        let archive = try context.archive()
        let query = RequestQuery(of: build, dockerfile: context.dockerfile)
        let upload = CurlTransfer.Upload(type: "application/x-tar") { archive.next() }
        do throws(EngineError) { return try run(query, headers: headers, upload: upload, progress) } catch {
            throw archive.failure ?? error
        }
    }

    private func run(
        _ query: RequestQuery, headers: [String], upload: CurlTransfer.Upload?, _ progress: @escaping (String) -> Void
    ) throws(EngineError) -> String? {
        var output = BuildOutput()
        try stream("/build\(query.text)", headers: headers, upload: upload) { output.take($0).forEach(progress) }
        output.flush().forEach(progress)
        if let failure = output.failure { throw .failed(failure) }
        return output.image
    }
}
