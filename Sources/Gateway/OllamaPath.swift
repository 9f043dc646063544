/// What Ollama's API offers that changes nothing, though it is asked for by POST: an answer of a model may be given twice.
/// See Ollama's API reference, and for the paths below `/v1` its page on OpenAI compatibility.
enum OllamaPath {
    private static let safe: [StaticString] = [
        "/api/generate", "/api/chat", "/api/embed", "/api/embeddings", "/api/show", "/v1/chat/completions",
        "/v1/completions", "/v1/embeddings",
    ]

    /// Whether a request to that path may be sent again.
    static func isSafeToRepeat(_ path: UnsafeRawBufferPointer) -> Bool {
        for name in safe where name.utf8CodeUnitCount == path.count {
            if path.elementsEqual(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)) {
                return true
            }
        }
        return false
    }
}
