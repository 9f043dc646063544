enum HTTPNumber {
    /// The number that digits, and nothing but digits, make up. Nil also above `Int64.max`, which no body reaches and
    /// which other readers take for a negative number.
    static func decimal(_ bytes: UnsafeRawBufferPointer) -> UInt64? {
        guard !bytes.isEmpty else { return nil }
        var number: UInt64 = 0
        for byte in bytes {
            guard byte.isDigit else { return nil }
            let (product, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(byte &- UInt8(ascii: "0")))
            guard !overflow, !carry, sum <= UInt64(Int64.max) else { return nil }
            number = sum
        }
        return number
    }
}

enum HTTPTokenList {
    /// Hands each token of a comma-separated list to `body`; empty elements are passed over (RFC 9110 §5.6.1).
    @inline(__always)
    static func forEach(
        of value: UnsafeRawBufferPointer, else refusal: HTTPRefusal,
        _ body: (UnsafeRawBufferPointer) throws(HTTPRefusal) -> Void
    ) throws(HTTPRefusal) {
        var place = 0
        while place < value.count {
            if value[place].isBlank || value[place] == UInt8(ascii: ",") {
                place += 1
                continue
            }
            let start = place
            while place < value.count, value[place].isToken { place += 1 }
            guard place > start else { throw refusal }
            let element = UnsafeRawBufferPointer(rebasing: value[start..<place])
            while place < value.count, value[place].isBlank { place += 1 }
            guard place == value.count || value[place] == UInt8(ascii: ",") else { throw refusal }
            try body(element)
        }
    }

    /// Whether the list has the token, in any mixture of cases; what follows a `;` is not looked at.
    static func contains(_ token: UnsafeRawBufferPointer, in value: UnsafeRawBufferPointer) -> Bool {
        var place = 0
        while place < value.count {
            let end = value.first(UInt8(ascii: ","), from: place, to: value.count)
            var start = place
            while start < end, value[start].isBlank { start += 1 }
            var last = start
            while last < end, value[last].isToken { last += 1 }
            if UnsafeRawBufferPointer(rebasing: value[start..<last]).equalsIgnoringCase(token) { return true }
            place = end + 1
        }
        return false
    }

    /// Whether an Upgrade value names h2c or another HTTP/2 in any position.
    static func offersHTTP2(_ value: UnsafeRawBufferPointer) -> Bool {
        guard value.count >= 2 else { return false }
        for place in 0..<(value.count - 1)
        where value[place] | 0x20 == UInt8(ascii: "h") && value[place + 1] == UInt8(ascii: "2") {
            return true
        }
        return false
    }
}

enum HTTPTransferCoding {
    /// Accepts `chunked` and nothing else (RFC 9112 §6.1, §7).
    ///
    /// Codings before a last `chunked` are understood but not supported; all else leaves the body's end open.
    static func check(_ value: UnsafeRawBufferPointer) throws(HTTPRefusal) {
        if value.equalsIgnoringCase("chunked") { return }
        var isLastChunked = false
        var hasOthers = false
        try HTTPTokenList.forEach(of: value, else: .badTransferEncoding) { (coding) throws(HTTPRefusal) in
            guard !isLastChunked else { throw .badTransferEncoding }
            isLastChunked = coding.equalsIgnoringCase("chunked")
            hasOthers = hasOthers || !isLastChunked
        }
        throw isLastChunked && hasOthers ? .unsupportedTransferCoding : .badTransferEncoding
    }
}
