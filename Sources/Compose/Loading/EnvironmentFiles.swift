/// Reads the files that variables come from.
enum EnvironmentFiles {
    /// `environment` with the variables of `files` that it does not have; later files win over earlier ones.
    static func merged(
        _ files: [String], into environment: [String: String], neededAt mark: Mark?
    ) throws(ComposeError) -> [String: String] {
        var variables: [String: String] = [:]
        for file in files {
            try read(file, into: &variables, neededAt: mark) { environment[$0] }
        }
        return environment.merging(variables) { current, _ in current }
    }

    /// Adds the variables of `file` to `variables`.
    static func read(
        _ file: String, into variables: inout [String: String], neededAt mark: Mark?,
        lookUp: @escaping (String) -> String?
    ) throws(ComposeError) {
        let bytes: [UInt8]
        do {
            bytes = try FileReading.bytes(file)
        } catch {
            let place = mark ?? Mark(SourceFile(file))
            throw place.error("environment file \(file) cannot be read: \(error.description)")
        }
        do {
            try EnvironmentFile.read(bytes, into: &variables, lookUp: lookUp)
        } catch {
            throw Mark(SourceFile(file), line: error.line).error(error.message)
        }
    }
}
