/// What Cache-Control says (RFC 9111 §5.2, RFC 5861), in a request or a response.
public struct HTTPCacheControl: Sendable, Equatable {
    /// Directives without a number. A directive that is limited to some fields counts as if it were not.
    public struct Directives: OptionSet, Sendable {
        /// A bit for each.
        public let rawValue: UInt8

        /// Those bits.
        public init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// Nothing is kept. So it is where the field makes no sense.
        public static let noStore = Directives(rawValue: 1)
        /// Nothing is used before the origin was asked.
        public static let noCache = Directives(rawValue: 2)
        /// It is for one user.
        public static let isPrivate = Directives(rawValue: 4)
        /// It is for everyone.
        public static let isPublic = Directives(rawValue: 8)
        /// It is not used once it is stale, come what may (must-revalidate, proxy-revalidate).
        public static let mustRevalidate = Directives(rawValue: 16)
        /// A request takes what is stale.
        public static let acceptsStale = Directives(rawValue: 32)
    }

    /// Those that are there.
    public var directives: Directives = []
    /// Seconds, of max-age.
    public var maxAge: UInt64?
    /// Seconds, of s-maxage.
    public var sharedMaxAge: UInt64?
    /// Seconds, of stale-if-error.
    public var staleIfError: UInt64?
    /// Seconds, of a request's min-fresh.
    public var minFresh: UInt64?
    /// Seconds, of a request's max-stale; nil where it has none or sets no bound.
    public var maxStale: UInt64?

    /// No directive.
    public init() {}

    /// Adds what one field line says. Of a number that is there twice the smaller one counts, and one that is none is 0.
    public mutating func read(_ value: UnsafeRawBufferPointer) {
        var place = 0
        while place < value.count {
            if value[place].isBlank || value[place] == UInt8(ascii: ",") {
                place += 1
                continue
            }
            let start = place
            while place < value.count, value[place].isToken { place += 1 }
            let name = UnsafeRawBufferPointer(rebasing: value[start..<place])
            var argument = UnsafeRawBufferPointer(start: nil, count: 0)
            if place < value.count, value[place] == UInt8(ascii: "=") {
                place += 1
                guard let read = Self.argument(value, &place) else { return forbid() }
                argument = read
            }
            while place < value.count, value[place].isBlank { place += 1 }
            guard !name.isEmpty, place == value.count || value[place] == UInt8(ascii: ",") else {
                return forbid()
            }
            take(name, argument)
        }
    }

    private mutating func forbid() { directives = .noStore }

    private mutating func take(_ name: UnsafeRawBufferPointer, _ argument: UnsafeRawBufferPointer) {
        if name.equalsIgnoringCase("no-store") {
            directives.insert(.noStore)
        } else if name.equalsIgnoringCase("no-cache") {
            directives.insert(.noCache)
        } else if name.equalsIgnoringCase("private") {
            directives.insert(.isPrivate)
        } else if name.equalsIgnoringCase("public") {
            directives.insert(.isPublic)
        } else if name.equalsIgnoringCase("must-revalidate") || name.equalsIgnoringCase("proxy-revalidate") {
            directives.insert(.mustRevalidate)
        } else if name.equalsIgnoringCase("max-age") {
            maxAge = Self.smaller(maxAge, argument)
        } else if name.equalsIgnoringCase("s-maxage") {
            sharedMaxAge = Self.smaller(sharedMaxAge, argument)
        } else if name.equalsIgnoringCase("stale-if-error") {
            staleIfError = Self.smaller(staleIfError, argument)
        } else if name.equalsIgnoringCase("min-fresh") {
            minFresh = Self.smaller(minFresh, argument)
        } else if name.equalsIgnoringCase("max-stale") {
            directives.insert(.acceptsStale)
            if !argument.isEmpty { maxStale = Self.smaller(maxStale, argument) }
        }
    }

    private static func smaller(_ known: UInt64?, _ argument: UnsafeRawBufferPointer) -> UInt64 {
        min(known ?? .max, HTTPNumber.decimal(argument) ?? 0)
    }

    /// A token, or what stands in quotes; nil where the quotes do not end.
    private static func argument(_ value: UnsafeRawBufferPointer, _ place: inout Int) -> UnsafeRawBufferPointer? {
        guard place < value.count, value[place] == UInt8(ascii: "\"") else {
            let start = place
            while place < value.count, value[place].isToken { place += 1 }
            return UnsafeRawBufferPointer(rebasing: value[start..<place])
        }
        let start = place + 1
        place = start
        while place < value.count, value[place] != UInt8(ascii: "\"") {
            place += value[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard place < value.count else { return nil }
        place += 1
        return UnsafeRawBufferPointer(rebasing: value[start..<place - 1])
    }
}
