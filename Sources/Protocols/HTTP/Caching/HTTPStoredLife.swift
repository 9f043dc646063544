/// For whom and how long a stored answer is good (RFC 9111 §3 and §4), as a cache that many users share has to see it.
///
/// Stricter than it need be where a mistake would show one user what is meant for another: an answer that sets a cookie is
/// not stored, and one to a request with a cookie only where the answer says that it is for everyone.
public struct HTTPStoredLife: Sendable, Equatable {
    /// Seconds for which it is fresh, from its making.
    public let lifetime: UInt64
    /// Seconds that it was old when it came.
    public let initialAge: UInt64
    /// Whether it may be used once it is stale.
    public let mayBeStale: Bool
    /// Seconds for which the answer itself allows that, when there is an error (RFC 5861).
    public let staleIfError: UInt64?
    /// Whether it says that it is for everyone.
    public let isPublic: Bool

    /// Nil where the answer, a final 200 to a GET, must not be stored. `now` counts seconds since the start of 1970.
    public init?(response: HTTPFieldView, to request: HTTPFieldView, now: Int64) {
        let control = response.cacheControl
        let asked = request.cacheControl
        guard !control.directives.contains(.noStore), !control.directives.contains(.noCache),
            !control.directives.contains(.isPrivate), !asked.directives.contains(.noStore), !response.has("set-cookie")
        else { return nil }
        isPublic = control.directives.contains(.isPublic)
        guard isPublic || !request.isPersonal else { return nil }
        // s-maxage has the meaning of proxy-revalidate as well (RFC 9111 §5.2.2.10).
        mayBeStale = !control.directives.contains(.mustRevalidate) && control.sharedMaxAge == nil
        staleIfError = control.staleIfError
        let date = response.date("date")
        let apparent = date.map { UInt64(clamping: max(0, now - $0)) } ?? 0
        initialAge = max(apparent, response.values(of: "age").first.flatMap(HTTPNumber.decimal) ?? 0)
        if let age = control.sharedMaxAge ?? control.maxAge {
            lifetime = age
        } else if let expires = response.date("expires") {
            lifetime = UInt64(clamping: max(0, expires - (date ?? now)))
        } else {
            lifetime = 0
        }
    }

    /// Whether the answer forbids for any request what earlier ones allowed, so that those are not to be used either.
    public static func forbids(_ response: HTTPFieldView) -> Bool {
        let directives = response.cacheControl.directives
        return directives.contains(.noStore) || directives.contains(.noCache) || directives.contains(.isPrivate)
    }

    /// Seconds that it is old, so many after it came.
    public func age(after seconds: UInt64) -> UInt64 {
        initialAge.addingReportingOverflow(seconds).overflow ? .max : initialAge + seconds
    }

    /// Whether a request may be answered with it, so many seconds after it came. `limit` is how long ago it may have become
    /// stale, nil where the answer itself has to allow it.
    public func serves(_ request: HTTPFieldView, after seconds: UInt64, limit: UInt64?) -> Bool {
        let control = request.cacheControl
        guard !control.directives.contains(.noStore), !control.directives.contains(.noCache),
            isPublic || !request.isPersonal, !request.has("if-match"), !request.has("if-unmodified-since"),
            control.minFresh == nil,
            request.has("cache-control") || !request.asksToReload
        else { return false }
        let age = age(after: seconds)
        if let most = control.maxAge, age > most { return false }
        let staleness = age > lifetime ? age - lifetime : 0
        guard staleness > 0 else { return true }
        guard mayBeStale, let limit = limit ?? staleIfError else { return false }
        let bounds = [limit, staleIfError, control.staleIfError, control.maxStale].compactMap { $0 }
        return bounds.allSatisfy { staleness <= $0 }
    }
}

extension HTTPFieldView {
    /// Whether the request says who sends it.
    var isPersonal: Bool { fields.contains { $0.known == .authorization } || has("cookie") }

    /// `Pragma: no-cache`, which counts where there is no Cache-Control (RFC 9111 §5.4).
    var asksToReload: Bool {
        var directives = HTTPCacheControl()
        for value in values(of: "pragma") { directives.read(value) }
        return directives.directives.contains(.noCache)
    }

    /// The moment that a field names.
    func date(_ name: StaticString) -> Int64? {
        values(of: name).first.flatMap(HTTPDate.seconds)
    }
}
