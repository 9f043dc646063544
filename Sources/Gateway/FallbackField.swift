/// `Hale-Fallback`, which tells a client that an answer is not that of the service it asked.
enum FallbackField {
    /// Writes the field line behind the others of a head that ends at `length`; the new length, or nil where it does not
    /// fit.
    static func add(_ value: String, toHead length: Int, in room: UnsafeMutableRawBufferPointer) -> Int? {
        var line = "Hale-Fallback: \(value)\r\n\r\n"
        // The empty line at the end moves.
        let place = length - 2
        return line.withUTF8 { line in
            guard place >= 0, line.count <= room.count - place else { return nil }
            UnsafeMutableRawBufferPointer(rebasing: room[place..<place + line.count])
                .copyMemory(from: UnsafeRawBufferPointer(line))
            return place + line.count
        }
    }
}
