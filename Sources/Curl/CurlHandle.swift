public import CCurl
internal import Glibc

/// One transfer by libcurl, on the thread that calls. What each option means is in curl_easy_setopt(3).
public final class CurlHandle {
    /// Takes a part of the answer, and says whether more is wanted.
    public typealias Receiver = (UnsafeRawBufferPointer) -> Bool
    /// Writes the next bytes that are to be sent, and says how many; 0 at the end, nil to send no more and fail.
    public typealias Sender = (UnsafeMutableRawBufferPointer) -> Int?

    private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    private let handle: UnsafeMutableRawPointer
    private var lists: [UnsafeMutablePointer<curl_slist>] = []
    private var receiver: Receiver = { _ in true }
    private var sender: Sender = { _ in nil }

    /// Nil where libcurl cannot be started.
    public init?() {
        guard Self.isLibraryReady, let handle = curl_easy_init() else { return nil }
        self.handle = handle
        // Other threads have signals of their own.
        set(CURLOPT_NOSIGNAL, 1)
        hale_curl_set_pointer(handle, CURLOPT_WRITEDATA, Unmanaged.passUnretained(self).toOpaque())
        hale_curl_set_write(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let transfer = Unmanaged<CurlHandle>.fromOpaque(context).takeUnretainedValue()
            return transfer.receiver(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
        }
    }

    deinit {
        curl_easy_cleanup(handle)
        for list in lists { curl_slist_free_all(list) }
    }

    /// Sets an option that is a text.
    public func set(_ option: CURLoption, _ text: String) { hale_curl_set_string(handle, option, text) }

    /// Sets an option that is a number.
    public func set(_ option: CURLoption, _ number: Int) { hale_curl_set_long(handle, option, number) }

    /// Sets an option that is a list of texts.
    public func set(_ option: CURLoption, _ texts: [String]) {
        var list: UnsafeMutablePointer<curl_slist>?
        for text in texts { list = curl_slist_append(list, text) }
        guard let list else { return }
        lists.append(list)
        hale_curl_set_pointer(handle, option, list)
    }

    /// Sets an option that is a time, of which a millisecond is the least.
    public func set(_ option: CURLoption, _ time: Duration) {
        let (seconds, attoseconds) = time.components
        let milliseconds = Double(seconds) * 1_000 + Double(attoseconds) / 1e15
        // More than 31 bits are an error to libcurl.
        set(option, Int(min(max(1, milliseconds), Double(Int32.max))))
    }

    /// Sets the headers of an HTTP request with a body. Left to itself curl asks by `Expect` and would wait a second for leave
    /// to send a large one.
    public func setHeaders(_ headers: [String]) { set(CURLOPT_HTTPHEADER, headers + ["Expect:"]) }

    /// Has parts of the answer taken so as they come; without, nothing of it is kept.
    public func receive(_ receiver: @escaping Receiver) { self.receiver = receiver }

    /// Has what is to be sent asked for part by part.
    public func send(_ sender: @escaping Sender) {
        self.sender = sender
        hale_curl_set_pointer(handle, CURLOPT_READDATA, Unmanaged.passUnretained(self).toOpaque())
        // What reads and what writes have the same arguments.
        hale_curl_set_write(handle, CURLOPT_READFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return Int(CURL_READFUNC_ABORT) }
            let transfer = Unmanaged<CurlHandle>.fromOpaque(context).takeUnretainedValue()
            let room = UnsafeMutableRawBufferPointer(start: bytes, count: size * count)
            return transfer.sender(room) ?? Int(CURL_READFUNC_ABORT)
        }
    }

    /// Has it done, with `body` where the method takes one and no `send` gives it.
    public func perform(_ body: [UInt8] = []) -> CURLcode {
        body.withUnsafeBytes { bytes in
            if !bytes.isEmpty {
                hale_curl_set_pointer(handle, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
            }
            return withExtendedLifetime(self) { curl_easy_perform(handle) }
        }
    }

    // MARK: Afterwards

    /// What is known of it that is a number.
    public func number(_ info: CURLINFO) -> Int {
        var value = 0
        hale_curl_get_long(handle, info, &value)
        return value
    }

    /// What is known of it that is a text; empty where it is not known.
    public func text(_ info: CURLINFO) -> String {
        var pointer: UnsafeMutableRawPointer?
        hale_curl_get_pointer(handle, info, &pointer)
        return pointer.map { String(cString: $0.assumingMemoryBound(to: CChar.self)) } ?? ""
    }

    /// The status of the HTTP answer, or the last reply of a mail server; 0 where there was none.
    public var status: Int { number(CURLINFO_RESPONSE_CODE) }

    /// Why nobody could be connected to, as errno; 0 where the system did not say.
    public var connectError: Int32 { Int32(truncatingIfNeeded: number(CURLINFO_OS_ERRNO)) }

    /// For how long the server wants to be left alone (`Retry-After`); nil where it says nothing.
    public var retryAfter: Duration? {
        var seconds: curl_off_t = 0
        hale_curl_get_offset(handle, CURLINFO_RETRY_AFTER, &seconds)
        return seconds > 0 ? .seconds(Int64(seconds)) : nil
    }

    /// Why there is no answer, in a few words.
    public func reason(_ result: CURLcode) -> String {
        guard result == CURLE_COULDNT_CONNECT else { return String(cString: curl_easy_strerror(result)) }
        return connectError == 0 ? "nobody answers" : String(cString: strerror(connectError))
    }
}
