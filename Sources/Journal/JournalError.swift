internal import CSQLite

/// Why the journal's file cannot be used.
public enum JournalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is in it is no journal, or not any more; what was found.
    case damaged(String)
    /// It was written by a newer Hale, whose version of the file is that.
    case newer(Int)
    /// It cannot be read or written for now: why, and what a person can do.
    case unusable(String, advice: String)

    /// The same in a sentence.
    public var description: String {
        switch self {
        case .damaged(let reason): "the journal's file is damaged: \(reason)"
        case .newer(let version): "the journal's file has version \(version), which only a newer Hale reads"
        case .unusable(let reason, let advice): "\(reason); \(advice)"
        }
    }

    /// What an SQLite result stands for (https://www.sqlite.org/rescode.html). `text` is the library's own.
    static func of(code: Int32, text: String, path: String) -> JournalError {
        switch code & 0xFF {
        case SQLITE_CORRUPT, SQLITE_NOTADB: return .damaged(text)
        // A table or column that is not there, since everything that is asked is written in this room.
        case SQLITE_ERROR, SQLITE_CONSTRAINT, SQLITE_MISMATCH: return .damaged(text)
        case SQLITE_FULL:
            return .unusable("the disk is full", advice: "free space on the file system of \(path)")
        case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH, SQLITE_CANTOPEN:
            return .unusable("\(path) cannot be written (\(text))", advice: "make it and its folder writable")
        case SQLITE_BUSY, SQLITE_LOCKED:
            return .unusable("another program keeps \(path) locked", advice: "close what else uses that file")
        default:
            return .unusable("\(path) fails: \(text)", advice: "see whether its disk is well")
        }
    }
}
