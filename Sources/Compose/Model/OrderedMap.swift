/// A dictionary with text keys that keeps the order of insertion.
///
/// Looking up, adding and replacing cost the same however many entries there are; removing costs as much as there
/// are entries.
public struct OrderedMap<Value> {
    /// The keys, in order.
    public private(set) var keys: [String] = []
    private var slots: [Value] = []
    private var places: [String: Int] = [:]

    /// An empty mapping.
    public init() {}

    private init(keys: [String], slots: [Value], places: [String: Int]) {
        self.keys = keys
        self.slots = slots
        self.places = places
    }

    /// The values, in the order of their keys.
    public var values: [Value] { slots }

    /// The value under `key`. Setting nil removes the entry; setting a value keeps the place the key had.
    public subscript(_ key: String) -> Value? {
        get { place(of: key).map { slots[$0] } }
        set {
            switch (place(of: key), newValue) {
            case (let place?, let value?): slots[place] = value
            case (nil, let value?): append(key, value)
            case (let place?, nil): remove(at: place)
            case (nil, nil): break
            }
        }
    }

    /// Small mappings are searched from end to end: most have a handful of keys, and an index costs more than that.
    private static var indexedFrom: Int { 9 }

    private func place(of key: String) -> Int? {
        keys.count < Self.indexedFrom ? keys.firstIndex(of: key) : places[key]
    }

    private mutating func append(_ key: String, _ value: Value) {
        keys.append(key)
        slots.append(value)
        if keys.count == Self.indexedFrom {
            reindex()
        } else if keys.count > Self.indexedFrom {
            places[key] = keys.count - 1
        }
    }

    private mutating func remove(at place: Int) {
        keys.remove(at: place)
        slots.remove(at: place)
        reindex()
    }

    private mutating func reindex() {
        places.removeAll(keepingCapacity: true)
        guard keys.count >= Self.indexedFrom else { return }
        for (place, key) in keys.enumerated() { places[key] = place }
    }
}

extension OrderedMap: Sequence {
    /// The entries, in order.
    public func makeIterator() -> Zip2Sequence<[String], [Value]>.Iterator {
        zip(keys, slots).makeIterator()
    }

    /// How many entries there are.
    public var count: Int { keys.count }

    /// Whether there are none.
    public var isEmpty: Bool { keys.isEmpty }

    /// The same keys with other values.
    public func mapValues<Other, Failure: Error>(
        _ transform: (String, Value) throws(Failure) -> Other
    ) throws(Failure) -> OrderedMap<Other> {
        var others: [Other] = []
        others.reserveCapacity(count)
        for (key, value) in self { others.append(try transform(key, value)) }
        return OrderedMap<Other>(keys: keys, slots: others, places: places)
    }

    /// The entries that `isKept` says yes to, in order.
    public func filtered(_ isKept: (String, Value) -> Bool) -> OrderedMap {
        let kept = keys.indices.filter { isKept(keys[$0], slots[$0]) }
        return kept.count == count ? self : picking(kept)
    }

    /// The same entries, ordered by key.
    public func sortedByKey() -> OrderedMap {
        func precedes(_ left: Int, _ right: Int) -> Bool {
            keys[left].utf8.lexicographicallyPrecedes(keys[right].utf8)
        }
        let isSorted = keys.indices.dropFirst().allSatisfy { !precedes($0, $0 - 1) }
        return isSorted ? self : picking(keys.indices.sorted(by: precedes))
    }

    private func picking(_ chosen: [Int]) -> OrderedMap {
        var result = OrderedMap(keys: chosen.map { keys[$0] }, slots: chosen.map { slots[$0] }, places: [:])
        result.reindex()
        return result
    }
}

extension OrderedMap: Sendable where Value: Sendable {}

extension OrderedMap: Equatable where Value: Equatable {
    /// Whether both have the same entries, in whatever order.
    public static func == (left: OrderedMap, right: OrderedMap) -> Bool {
        left.count == right.count && left.allSatisfy { key, value in right[key] == value }
    }
}

extension OrderedMap: ExpressibleByDictionaryLiteral {
    /// The entries in the order they are written; of equal keys the last one counts.
    public init(dictionaryLiteral elements: (String, Value)...) {
        for (key, value) in elements { self[key] = value }
    }
}
