/// The backends of one route, and which is to have the next connection: the one with the fewest connections, and of
/// equals the one that comes next in turn.
struct BackendRotation: Equatable {
    /// Places in the `BackendTable`.
    let places: [Int]
    private var next = 0

    init(places: [Int] = []) {
        self.places = places
    }

    /// Index into `places` of the backend for a new connection; nil where there is none.
    mutating func choose(connections: (_ place: Int) -> Int) -> Int? {
        guard !places.isEmpty else { return nil }
        var best = next
        var fewest = connections(places[best])
        for offset in 0..<places.count {
            let index = (next + offset) % places.count
            let count = connections(places[index])
            if count < fewest {
                best = index
                fewest = count
            }
        }
        next = (best + 1) % places.count
        return best
    }

    /// The backend to try when the one at `index` did not accept; nil where `attempts` have tried them all.
    func successor(of index: Int, attempts: Int) -> Int? {
        attempts < places.count ? (index + 1) % places.count : nil
    }
}
