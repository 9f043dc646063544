/// An array whose elements are read and changed where they are: no access copies one, however large it is.
struct InPlaceArray<Element>: ~Copyable {
    private var elements: UnsafeMutablePointer<Element>
    private var capacity: Int
    private(set) var count = 0

    init() {
        capacity = 4
        elements = .allocate(capacity: capacity)
    }

    deinit {
        elements.deinitialize(count: count)
        elements.deallocate()
    }

    var indices: Range<Int> { 0..<count }

    subscript(place: Int) -> Element {
        unsafeAddress { address(of: place) }
        unsafeMutableAddress { mutableAddress(of: place) }
    }

    /// Where an element is until another one is added. The place must be one of `indices`.
    func address(of place: Int) -> UnsafePointer<Element> {
        precondition(indices.contains(place), "no element \(place) of \(count)")
        return UnsafePointer(elements + place)
    }

    /// Where an element is until another one is added, to change it. The place must be one of `indices`.
    mutating func mutableAddress(of place: Int) -> UnsafeMutablePointer<Element> {
        precondition(indices.contains(place), "no element \(place) of \(count)")
        return elements + place
    }

    mutating func append(_ element: consuming Element) {
        if count == capacity { grow() }
        (elements + count).initialize(to: element)
        count += 1
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: elements, count: count)
        elements.deallocate()
        elements = larger
        capacity *= 2
    }
}
