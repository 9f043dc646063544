/// What a tar archive says of one file before its bytes.
public struct TarEntry: Hashable, Sendable {
    /// What it is.
    public enum Kind: Hashable, Sendable {
        /// A file with so many bytes.
        case file(size: Int64)
        /// A folder.
        case folder
        /// A symbolic link to that path.
        case link(to: String)
    }

    /// Where it is, with slashes and without one before it.
    public var path: String
    /// What it is.
    public var kind: Kind
    /// Permission bits, those of set-user-ID and the like included.
    public var mode: UInt32
    /// Whose it is, by number, at least 0.
    public var user: Int
    /// Of which group it is, by number, at least 0.
    public var group: Int
    /// When it was last changed, in seconds since 1970.
    public var modified: Int64

    /// One of root's, from 1970, unless said.
    public init(
        path: String, kind: Kind, mode: UInt32, user: Int = 0, group: Int = 0, modified: Int64 = 0
    ) {
        self.path = path
        self.kind = kind
        self.mode = mode
        self.user = user
        self.group = group
        self.modified = modified
    }
}

/// A file with its bytes, to be put into a tar archive.
public struct TarFile: Hashable, Sendable {
    /// Where it is, with slashes; one before it does not count.
    public var path: String
    /// Its bytes.
    public var content: [UInt8]
    /// Permission bits.
    public var mode: UInt32
    /// Whose it is, by number, at least 0.
    public var user: Int
    /// Of which group it is, by number, at least 0.
    public var group: Int
    /// When it was last changed, in seconds since 1970.
    public var modified: Int64

    /// One of root's that all may read, from 1970, unless said.
    public init(
        path: String, content: [UInt8], mode: UInt32 = 0o644, user: Int = 0, group: Int = 0, modified: Int64 = 0
    ) {
        self.path = path
        self.content = content
        self.mode = mode
        self.user = user
        self.group = group
        self.modified = modified
    }
}
