extension HTTPHeadWriter {
    /// Writes the field lines of a response that is stored, without the empty line (RFC 9111 §3.1): those for one hop are
    /// left out, and those that the answer is given anew when it is used. Their length; nil where they do not fit.
    public static func writeStoredFields(
        _ head: HTTPResponseHead, _ response: HTTPFieldView, into buffer: UnsafeMutableRawBufferPointer
    ) -> Int? {
        var message = HTTPMessageWriter(original: response.original, fields: response.fields, buffer: buffer)
        for field in response.fields where field.isReturned(with: head) && field.known != .trailer {
            let name = response.original.span(field.name)
            guard !name.equalsIgnoringCase("age"), !name.equalsIgnoringCase("warning"),
                !name.equalsIgnoringCase("hale-fallback")
            else { continue }
            message.copyUnlessNamed(field)
        }
        return message.length
    }
}
