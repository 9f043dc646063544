import Testing

@testable import Protocols

@Suite struct HTTPStoredLifeTests {
    /// Sunday, 6 November 1994, 08:49:37.
    private static let now: Int64 = 784_111_777

    /// Hands on the fields of a head that has these lines.
    private static func fields<Result>(_ lines: String, _ use: (HTTPFieldView) -> Result) -> Result {
        let bytes = Array("HTTP/1.1 200 OK\r\n\(lines.split(separator: "|").map { $0 + "\r\n" }.joined())\r\n".utf8)
        var found = Array(repeating: HTTPField.none, count: 32)
        return bytes.withUnsafeBytes { bytes in
            found.withUnsafeMutableBufferPointer { found in
                let parsed = HTTPHeadParser.parseResponse(
                    bytes, fields: found, limits: HTTPLimits(), requestMethod: .get, upgradeRequested: false)
                guard case .head(let head) = parsed else {
                    Issue.record("\(lines) is no head")
                    return use(HTTPFieldView(fields: UnsafeBufferPointer(start: nil, count: 0), original: bytes))
                }
                return use(
                    HTTPFieldView(fields: UnsafeBufferPointer(rebasing: found.prefix(head.fieldCount)), original: bytes)
                )
            }
        }
    }

    private static func life(_ response: String, to request: String = "") -> HTTPStoredLife? {
        fields(response) { response in
            fields(request) { HTTPStoredLife(response: response, to: $0, now: now) }
        }
    }

    private static func serves(
        _ response: String, to request: String = "", after seconds: UInt64, limit: UInt64? = 3_600
    ) -> Bool {
        guard let life = life(response) else { return false }
        return fields(request) { life.serves($0, after: seconds, limit: limit) }
    }

    @Test(
        arguments: [
            ("", ""), ("Cache-Control: max-age=60", ""), ("Cache-Control: public", "Authorization: Basic x"),
            ("Cache-Control: public", "Cookie: a=1"), ("Cache-Control: PUBLIC , max-age=1", "Cookie: a=1"),
            ("Cache-Control: s-maxage=60", ""), ("Cache-Control: must-revalidate", ""),
            (#"Cache-Control: x="no-store, private""#, ""), ("Cache-Control: ,,", ""),
            ("Expires: 0", ""), ("Vary: Accept", ""),
        ])
    func whatEveryoneMaySeeIsKept(response: String, request: String) {
        #expect(Self.life(response, to: request) != nil)
    }

    @Test(
        arguments: [
            ("Cache-Control: no-store", ""), ("Cache-Control: max-age=60, No-Store", ""),
            ("Cache-Control: max-age=60|Cache-Control: no-store", ""), ("Cache-Control: private", ""),
            (#"Cache-Control: private="x-own", public"#, ""), ("Cache-Control: no-cache", ""),
            (#"Cache-Control: no-cache="set-cookie""#, ""), ("Set-Cookie: a=1", ""),
            ("Cache-Control: public|set-cookie: a=1", ""), ("", "Authorization: Basic x"), ("", "Cookie: a=1"),
            ("Cache-Control: max-age=60", "Authorization: Basic x"),
            ("Cache-Control: must-revalidate", "Authorization: Basic x"),
            ("Cache-Control: s-maxage=60", "Authorization: Basic x"), ("", "Cache-Control: no-store"),
            // What makes no sense forbids it.
            (#"Cache-Control: x="no-end"#, ""), ("Cache-Control: public max-age=1", ""), ("Cache-Control: =1", ""),
            (#"Cache-Control: x="a"b"#, ""),
        ])
    func whatIsNotForEveryoneIsNotKept(response: String, request: String) {
        #expect(Self.life(response, to: request) == nil)
    }

    @Test(
        arguments: [
            ("", 0, 0), ("Cache-Control: max-age=60", 60, 0), ("Cache-Control: max-age=60, s-maxage=5", 5, 0),
            ("Cache-Control: max-age=60, max-age=30", 30, 0), (#"Cache-Control: max-age="60""#, 60, 0),
            ("Cache-Control: max-age=-1", 0, 0), ("Cache-Control: max-age=x", 0, 0), ("Cache-Control: max-age", 0, 0),
            ("Age: 7", 0, 7), ("Date: Sun, 06 Nov 1994 08:49:07 GMT", 0, 30),
            ("Date: Sun, 06 Nov 1994 08:49:07 GMT|Age: 40", 0, 40), ("Date: Sun, 06 Nov 1994 08:50:37 GMT", 0, 0),
            ("Date: Sun, 06 Nov 1994 08:49:07 GMT|Expires: Sun, 06 Nov 1994 08:50:07 GMT", 60, 30),
            ("Expires: Sun, 06 Nov 1994 08:50:07 GMT", 30, 0), ("Expires: 0", 0, 0),
            ("Expires: Sun, 06 Nov 1994 08:50:07 GMT|Cache-Control: max-age=5", 5, 0),
        ] as [(String, UInt64, UInt64)])
    func freshnessIsWhatTheAnswerSays(response: String, lifetime: UInt64, age: UInt64) throws {
        let life = try #require(Self.life(response))
        #expect(life.lifetime == lifetime)
        #expect(life.initialAge == age)
    }

    @Test func whatIsStaleIsUsedAsLongAsAllAllowIt() {
        #expect(Self.serves("", after: 3_600))
        #expect(!Self.serves("", after: 3_601))
        #expect(Self.serves("Cache-Control: max-age=60", after: 3_660))
        #expect(!Self.serves("Cache-Control: max-age=60", after: 3_661))
        #expect(Self.serves("Cache-Control: stale-if-error=10", after: 10))
        #expect(!Self.serves("Cache-Control: stale-if-error=10", after: 11))
        #expect(!Self.serves("Cache-Control: stale-if-error=7200", after: 3_601))
        #expect(!Self.serves("Age: 3601", after: 0))
        #expect(!Self.serves("", after: .max))
    }

    @Test func theAnswerItselfMayHaveToAllowIt() {
        #expect(!Self.serves("", after: 1, limit: nil))
        #expect(Self.serves("Cache-Control: max-age=5", after: 5, limit: nil))
        #expect(!Self.serves("Cache-Control: max-age=5", after: 6, limit: nil))
        #expect(Self.serves("Cache-Control: max-age=5, stale-if-error=60", after: 65, limit: nil))
        #expect(!Self.serves("Cache-Control: max-age=5, stale-if-error=60", after: 66, limit: nil))
    }

    @Test(arguments: ["must-revalidate", "proxy-revalidate", "s-maxage=60"])
    func whatMustNotBeStaleIsUsedWhileItIsFresh(directive: String) {
        let response = "Cache-Control: max-age=60, \(directive)"
        #expect(Self.serves(response, after: 60))
        #expect(!Self.serves(response, after: 61))
    }

    @Test(
        arguments: [
            ("Cache-Control: no-cache", false), ("Cache-Control: no-store", false), ("Pragma: no-cache", false),
            ("Pragma: no-cache|Cache-Control: max-stale", true), ("Cache-Control: max-age=0", false),
            ("Cache-Control: max-age=30", true), ("Cache-Control: max-age=29", false),
            ("Cache-Control: min-fresh=1", false), ("Cache-Control: max-stale", true),
            ("Cache-Control: max-stale=30", true), ("Cache-Control: max-stale=29", false),
            ("Cache-Control: stale-if-error=30", true), ("Cache-Control: stale-if-error=29", false),
            ("If-Match: \"a\"", false), ("If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT", false),
            ("If-None-Match: \"a\"", true), ("Authorization: Basic x", false), ("Cookie: a=1", false), ("X: y", true),
        ])
    func aRequestMayWantMore(request: String, isServed: Bool) {
        #expect(Self.serves("", to: request, after: 30) == isServed)
    }

    @Test func whatIsForEveryoneIsForKnownUsersToo() {
        #expect(Self.serves("Cache-Control: public", to: "Authorization: Basic x|Cookie: a=1", after: 30))
    }

    @Test func whatAnAnswerForbidsIsForbiddenForEarlierOnes() {
        #expect(Self.fields("Cache-Control: private") { HTTPStoredLife.forbids($0) })
        #expect(!Self.fields("Cache-Control: max-age=0") { HTTPStoredLife.forbids($0) })
    }

    // Vary

    private static func variations(_ response: String, _ request: String) -> [HTTPVariation]? {
        fields(response) { response in fields(request) { HTTPVariation.all(response: response, request: $0) } }
    }

    @Test func anAnswerDependsOnWhatItNames() throws {
        let variations = try #require(Self.variations("Vary: Accept, accept-language|Vary: X", "ACCEPT: a|Accept: b"))
        #expect(variations.map { String(decoding: $0.name, as: UTF8.self) } == ["accept", "accept-language", "x"])
        #expect(variations.map(\.value) == [Array("a, b".utf8), nil, nil])
        func fits(_ request: String) -> Bool {
            Self.fields(request) { request in variations.allSatisfy { $0.fits(request) } }
        }
        #expect(fits("Accept: a, b"))
        #expect(!fits("Accept: a"))
        #expect(!fits("Accept: a, b|X: "))
        #expect(!fits(""))
    }

    @Test func whatDependsOnAnythingFitsNothing() {
        #expect(Self.variations("Vary: *", "") == nil)
        #expect(Self.variations("Vary: accept, *", "") == nil)
        #expect(Self.variations("Vary: a b", "").map(\.count) == 2)
        #expect(Self.variations("Vary: a;b", "") == nil)
        #expect(Self.variations("Vary: \((0..<17).map { "a\($0)" }.joined(separator: ","))", "") == nil)
        #expect(Self.variations("", "Accept: a") == [])
    }

    // Dates

    @Test(
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Thu, 29 Feb 2024 23:59:60 GMT", 1_709_251_200), ("Sat, 01 Mar 2025 00:00:00 GMT", 1_740_787_200),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799), ("Sunday, 06-Nov-94 08:49:37 GMT", nil),
            ("Sun Nov  6 08:49:37 1994", nil), ("Sun, 06 Nov 1994 24:49:37 GMT", nil),
            ("Sun, 06 Nov 1994 08:60:37 GMT", nil), ("Sun, 06 nov 1994 08:49:37 GMT", nil),
            ("Sun, 06 Nov 1994 08:49:37 UTC", nil), ("Sun, 00 Nov 1994 08:49:37 GMT", nil),
            ("Sun, +6 Nov 1994 08:49:37 GMT", nil), ("Sun, 06 Nov 1969 08:49:37 GMT", nil), ("0", nil), ("", nil),
        ] as [(String, Int64?)])
    func datesAreRead(text: String, seconds: Int64?) {
        #expect(Array(text.utf8).withUnsafeBytes { HTTPDate.seconds($0) } == seconds)
    }
}
