/// How far a pull has come with one of its parts.
public struct PullProgress: Hashable, Sendable {
    /// The layer, or the tag; nil where it is all of the image.
    public var part: String?
    /// `Downloading`, `Pull complete`, …
    public var status: String
    /// Bytes so far.
    public var current: Int64?
    /// Bytes in all.
    public var total: Int64?
}
