internal import CCurl
internal import Glibc
internal import Stack

/// One transfer by libcurl, on the thread that calls.
final class CurlHandle {
    private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
    /// What of an answer is kept: enough to say why something was refused.
    private static let mostAnswer = 4_096

    let handle: UnsafeMutableRawPointer
    private var lists: [UnsafeMutablePointer<curl_slist>] = []
    private var unsent: ArraySlice<UInt8>
    private(set) var answer: [UInt8] = []

    /// For `url`, with so much to upload; nil where libcurl cannot be started.
    init?(url: String, schemes: String, channel: AlertChannel, upload: [UInt8] = []) {
        guard Self.isLibraryReady, let handle = curl_easy_init() else { return nil }
        self.handle = handle
        unsent = upload[...]
        set(CURLOPT_URL, url)
        set(CURLOPT_PROTOCOLS_STR, schemes)
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_TIMEOUT_MS, max(1, Int(channel.timeout.seconds * 1_000)))
        set(CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(channel.timeout.seconds * 1_000)))
        if let authority = channel.authority { set(CURLOPT_CAINFO, authority) }
        takeAnswer()
    }

    deinit {
        curl_easy_cleanup(handle)
        for list in lists { curl_slist_free_all(list) }
    }

    func set(_ option: CURLoption, _ text: String) { hale_curl_set_string(handle, option, text) }

    func set(_ option: CURLoption, _ number: Int) { hale_curl_set_long(handle, option, number) }

    func set(_ option: CURLoption, _ texts: [String]) {
        var list: UnsafeMutablePointer<curl_slist>?
        for text in texts { list = curl_slist_append(list, text) }
        guard let list else { return }
        lists.append(list)
        hale_curl_set_pointer(handle, option, list)
    }

    /// Has what is to be uploaded read from this object, which `perform` keeps alive.
    func upload() {
        set(CURLOPT_UPLOAD, 1)
        hale_curl_set_pointer(handle, CURLOPT_READDATA, Unmanaged.passUnretained(self).toOpaque())
        // What reads and what writes have the same arguments.
        hale_curl_set_write(handle, CURLOPT_READFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return Int(CURL_READFUNC_ABORT) }
            let transfer = Unmanaged<CurlHandle>.fromOpaque(context).takeUnretainedValue()
            let part = transfer.unsent.prefix(size * count)
            UnsafeMutableRawBufferPointer(start: bytes, count: size * count).copyBytes(from: part)
            transfer.unsent = transfer.unsent.dropFirst(part.count)
            return part.count
        }
    }

    private func takeAnswer() {
        hale_curl_set_pointer(handle, CURLOPT_WRITEDATA, Unmanaged.passUnretained(self).toOpaque())
        hale_curl_set_write(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let transfer = Unmanaged<CurlHandle>.fromOpaque(context).takeUnretainedValue()
            let room = CurlHandle.mostAnswer - transfer.answer.count
            transfer.answer += UnsafeRawBufferPointer(start: bytes, count: min(size * count, max(0, room)))
            return size * count
        }
    }

    /// Nil where it went through, whatever was answered; otherwise what was met, in a few words.
    func perform(_ body: [UInt8] = []) -> (code: CURLcode, problem: String?) {
        let result = body.withUnsafeBytes { bytes in
            if !bytes.isEmpty {
                hale_curl_set_pointer(handle, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
            }
            return withExtendedLifetime(self) { curl_easy_perform(handle) }
        }
        switch result {
        case CURLE_OK: return (result, nil)
        case CURLE_OPERATION_TIMEDOUT: return (result, "no answer in time")
        case CURLE_COULDNT_CONNECT:
            let code = Int32(truncatingIfNeeded: number(CURLINFO_OS_ERRNO))
            return (result, code == 0 ? "nobody answers" : String(cString: strerror(code)).lowercased())
        default: return (result, String(cString: curl_easy_strerror(result)).lowercased())
        }
    }

    func number(_ info: CURLINFO) -> Int {
        var value = 0
        hale_curl_get_long(handle, info, &value)
        return value
    }

    /// For how long the server wants to be left alone (`Retry-After`); nil where it says nothing.
    var retryAfter: Duration? {
        var seconds: curl_off_t = 0
        hale_curl_get_offset(handle, CURLINFO_RETRY_AFTER, &seconds)
        return seconds > 0 ? .seconds(Int64(seconds)) : nil
    }
}
