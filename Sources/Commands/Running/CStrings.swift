internal import Glibc

/// Texts as C takes them.
enum CStrings {
    /// Calls `body` with `texts` as C strings, NULL at their end.
    static func with<Result>(_ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result) -> Result {
        let copies = texts.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }
}
