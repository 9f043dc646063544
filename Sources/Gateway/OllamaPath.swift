/// What Ollama's API offers that changes nothing, though it is asked for by POST: an answer of a model may be given twice.
/// See Ollama's API reference, and for the paths below `/v1` its page on OpenAI compatibility.
enum OllamaPath {
    private static let writing: [StaticString] = [
        "/api/generate", "/api/chat", "/v1/chat/completions", "/v1/completions",
    ]
    private static let describing: [StaticString] = ["/api/embed", "/api/embeddings", "/api/show", "/v1/embeddings"]

    /// Whether a request to that path may be sent again.
    static func isSafeToRepeat(_ path: UnsafeRawBufferPointer) -> Bool {
        isOne(of: writing, path) || isOne(of: describing, path)
    }

    /// Whether a model writes the answer. Another one can do that in its place, while the numbers that embeddings are made
    /// of cannot be compared with those of another model.
    static func generates(_ path: UnsafeRawBufferPointer) -> Bool { isOne(of: writing, path) }

    private static func isOne(of names: [StaticString], _ path: UnsafeRawBufferPointer) -> Bool {
        for name in names where name.utf8CodeUnitCount == path.count {
            if path.elementsEqual(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)) {
                return true
            }
        }
        return false
    }
}
